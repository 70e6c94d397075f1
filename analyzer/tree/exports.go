package tree

import (
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"sync"
)

// exportImporter reads compiled packages. It uses the standard library's reader, which always knows the format of the go that built this program.
type exportImporter struct {
	mutex sync.Mutex
	files map[string]string
	gc    types.Importer
}

func newExportImporter(files map[string]string) *exportImporter {
	e := &exportImporter{files: files}
	e.gc = importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		file, ok := e.files[path]
		if !ok {
			return nil, fmt.Errorf("no export data of %s", path)
		}
		return os.Open(file)
	})
	return e
}

// Import may be called from many goroutines; the reader may not.
func (e *exportImporter) Import(path string) (*types.Package, error) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return e.gc.Import(path)
}

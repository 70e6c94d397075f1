package facts_test

import (
	"context"
	"fmt"
	"testing"

	"dce/analyzer/facts"
	"dce/analyzer/internal/testtree"
	"dce/analyzer/tree"
)

// fakes are the parts of routers that registrations touch, so that tests need no network.
const fakes = `
-- go.mod --
module example.com/m

go 1.24

require (
	github.com/gin-gonic/gin v1.0.0
	github.com/go-chi/chi/v5 v5.0.0
	github.com/gorilla/mux v1.0.0
)

replace (
	github.com/gin-gonic/gin => ./fake/gin
	github.com/go-chi/chi/v5 => ./fake/chi
	github.com/gorilla/mux => ./fake/mux
)
-- fake/gin/go.mod --
module github.com/gin-gonic/gin
-- fake/gin/gin.go --
package gin

type Context struct{}
type HandlerFunc func(*Context)
type IRoutes interface{ GET(string, ...HandlerFunc) IRoutes }
type RouterGroup struct{}

func (g *RouterGroup) GET(path string, handlers ...HandlerFunc) IRoutes { return nil }
func (g *RouterGroup) POST(path string, handlers ...HandlerFunc) IRoutes { return nil }
func (g *RouterGroup) Group(path string, handlers ...HandlerFunc) *RouterGroup { return g }

type Engine struct{ RouterGroup }

func New() *Engine { return nil }
-- fake/chi/go.mod --
module github.com/go-chi/chi/v5
-- fake/chi/chi.go --
package chi

import "net/http"

type Router interface {
	http.Handler
	Get(pattern string, h http.HandlerFunc)
	Post(pattern string, h http.HandlerFunc)
	Method(method, pattern string, h http.Handler)
	Handle(pattern string, h http.Handler)
	Route(pattern string, fn func(r Router)) Router
	Group(fn func(r Router)) Router
	Mount(pattern string, h http.Handler)
	With(...func(http.Handler) http.Handler) Router
}
type Mux struct{ Router }

func NewRouter() *Mux { return nil }
-- fake/mux/go.mod --
module github.com/gorilla/mux
-- fake/mux/mux.go --
package mux

import "net/http"

type Router struct{}
type Route struct{}

func NewRouter() *Router { return nil }
func (r *Router) HandleFunc(path string, f func(http.ResponseWriter, *http.Request)) *Route { return nil }
func (r *Router) Handle(path string, h http.Handler) *Route { return nil }
func (r *Router) PathPrefix(p string) *Route { return nil }
func (r *Router) Path(p string) *Route { return nil }
func (r *Router) ServeHTTP(http.ResponseWriter, *http.Request) {}
func (r *Route) Methods(m ...string) *Route { return r }
func (r *Route) Path(p string) *Route { return r }
func (r *Route) HandlerFunc(f func(http.ResponseWriter, *http.Request)) *Route { return r }
func (r *Route) Subrouter() *Router { return nil }
func (r *Route) Name(n string) *Route { return r }
`

func routes(all *facts.Facts) []string {
	return lines(all.Routes, func(one facts.Route) string {
		handler := "-"
		if one.Handler != nil {
			handler = dotted(*one.Handler)
		}
		mounted := "mounted"
		if !one.Mounted {
			mounted = "unmounted"
		}
		return fmt.Sprintf("%s %s %s %s", one.Method, one.Pattern, handler, mounted)
	})
}

// handlers is what the main programs of the cases share.
const handlers = `
-- handlers.go --
package main

import "net/http"

type api struct{ mux *http.ServeMux }

func (a *api) list(w http.ResponseWriter, r *http.Request)   {}
func (a *api) create(w http.ResponseWriter, r *http.Request) {}

func get(w http.ResponseWriter, r *http.Request) {}

func auth(next http.Handler) http.Handler                { return next }
func logged(name string, f http.HandlerFunc) http.HandlerFunc { return f }
func makes() http.HandlerFunc                             { return nil }
`

func TestRoutes(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, main string
		want       []string
	}{
		{
			"ServeMux, with and without a method, behind wrappers and conversions",
			`
func main() {
	a := &api{mux: http.NewServeMux()}
	http.HandleFunc("/plain", get)
	a.mux.HandleFunc("GET /list", a.list)
	a.mux.Handle("POST /create", auth(http.HandlerFunc(a.create)))
	a.mux.HandleFunc("GET /logged", logged("/logged", get))
	a.mux.HandleFunc("GET /made", makes())
	a.mux.HandleFunc("GET /literal", func(w http.ResponseWriter, r *http.Request) {})
	http.ListenAndServe(":80", http.StripPrefix("/api", a.mux))
}`,
			[]string{" /plain get mounted", "GET /list api.list mounted", "POST /create api.create mounted", "GET /logged get mounted", "GET /made makes mounted", "GET /literal - mounted"},
		},
		{
			"patterns that are summed, formatted, or stand in variables",
			`
const version = "/v1"

func main() {
	prefix := "/api" + version
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+prefix+"/x", get)
	mux.HandleFunc(fmt.Sprintf("%s %s/y", http.MethodPost, prefix), get)
}`,
			[]string{"GET /api/v1/x get mounted", "POST /api/v1/y get mounted"},
		},
		{
			"the repository's own wrapper, by its signature",
			`
func (a *api) handle(method, path string, h http.HandlerFunc) { a.mux.HandleFunc(method+" "+path, h) }

func main() { a := &api{}; a.handle(http.MethodPut, "/own/{id}", a.list) }`,
			[]string{"PUT /own/{id} api.list mounted"},
		},
		{
			"tables",
			`
type route struct {
	method, path string
	handler      http.HandlerFunc
}

func main() {
	a := &api{}
	for _, one := range []route{{"GET", "/one", a.list}, {method: "POST", path: "/two", handler: a.create}} {
		http.HandleFunc(one.method+" "+one.path, one.handler)
	}
	for pattern, handler := range map[string]http.HandlerFunc{"GET /three": get} {
		http.HandleFunc(pattern, handler)
	}
}`,
			[]string{"GET /one api.list mounted", "POST /two api.create mounted", "GET /three get mounted"},
		},
		{
			"gorilla: methods behind, subrouters, routers handed over, chains",
			`
func main() {
	r := mux.NewRouter()
	v1 := r.PathPrefix("/api").Subrouter().PathPrefix("/v1").Subrouter()
	v1.HandleFunc("/items", get).Methods("GET", "POST").Name("items")
	register(v1)
	r.Path("/chained").Methods("PUT").HandlerFunc(get)
}

func register(r *mux.Router) { r.HandleFunc("/items/{id}", get).Methods(http.MethodDelete) }`,
			[]string{"GET /api/v1/items get mounted", "POST /api/v1/items get mounted", "PUT /chained get mounted", "DELETE /api/v1/items/{id} get mounted"},
		},
		{
			"chi: Route, Group, With, Mount of a function's router, Method",
			`
func main() {
	r := chi.NewRouter()
	r.Route("/api", func(r chi.Router) {
		r.With(auth).Get("/x", get)
		r.Group(func(r chi.Router) { r.Post("/y", get) })
		r.Method("PUT", "/z", http.HandlerFunc(get))
	})
	r.Mount("/users", users())
}

func users() http.Handler {
	r := chi.NewRouter()
	r.Get("/{id}", get)
	return r
}`,
			[]string{"GET /api/x get mounted", "POST /api/y get mounted", "PUT /api/z get mounted", "GET /users/{id} get mounted"},
		},
		{
			"ServeMux mounted under a prefix that is stripped",
			`
func main() {
	sub := http.NewServeMux()
	sub.HandleFunc("GET /x", get)
	http.DefaultServeMux.Handle("/api/", http.StripPrefix("/api", sub))
}`,
			[]string{"GET /api/x get mounted"},
		},
		{
			"gin: groups, middlewares, the group's own path",
			`
func guard(c *gin.Context) {}
func show(c *gin.Context)  {}

func main() {
	e := gin.New()
	v1 := e.Group("/v1")
	v1.GET("/x/:id", guard, show)
	v1.POST("", show)
}`,
			[]string{"GET /v1/x/:id show mounted", "POST /v1 show mounted"},
		},
		{
			"a registration in code that no main reaches is not mounted",
			`
func forgotten(mux *http.ServeMux) { mux.HandleFunc("GET /x", get) }

func main() {}`,
			[]string{"GET /x get unmounted"},
		},
		{
			"clients register nothing",
			`
func main() {
	http.NewRequest("GET", "/x", nil)
	http.Get("/y")
	http.RedirectHandler("/z", 301)
}`,
			[]string{},
		},
	}
	for _, one := range cases {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			main := "-- main.go --\npackage main\n\nimport (\n\t\"fmt\"\n\t\"net/http\"\n\n\t\"github.com/gin-gonic/gin\"\n\t\"github.com/go-chi/chi/v5\"\n\t\"github.com/gorilla/mux\"\n)\n\n" +
				"var (\n\t_ = fmt.Sprint\n\t_ gin.Context\n\t_ chi.Router\n\t_ mux.Router\n\t_ http.Handler\n)\n" + one.main + "\n"
			all := collect(t, fakes+handlers+main)
			if len(all.Diagnostics) > 0 {
				t.Fatalf("%v", all.Diagnostics)
			}
			got := routes(all)
			testtree.Same(t, got, one.want)
		})
	}
}

func TestUnmountedHandlers(t *testing.T) {
	t.Parallel()
	all := collect(t, `
-- main.go --
package main

import "net/http"

func mounted(w http.ResponseWriter, r *http.Request)    { dispatched(w, r) }
func dispatched(w http.ResponseWriter, r *http.Request) {}
func forgotten(w http.ResponseWriter, r *http.Request)  {}
func dynamic(w http.ResponseWriter, r *http.Request)    {}

type h struct{}

func (h) ServeHTTP(w http.ResponseWriter, r *http.Request) {}

func main() { run("/x") }

func run(pattern string) {
	http.HandleFunc("/", mounted)
	http.DefaultServeMux.HandleFunc(pattern, dynamic)
}
-- main_test.go --
package main

import "net/http"

func init() { http.HandleFunc("/test", forgotten) }
`)
	testtree.Same(t, lines(all.UnmountedHandlers, func(one facts.UnmountedHandler) string {
		return fmt.Sprintf("%s reached=%t", one.Name.Name, one.Reached)
	}),
		[]string{"dispatched reached=true", "forgotten reached=false"})
}

func TestReferences(t *testing.T) {
	t.Parallel()
	root := testtree.Write(t, `
-- a/a.go --
package a

type T struct{ F int }

func (T) M() {}
func New() T { return T{} }
-- b/b.go --
package b

import "example.com/m/a"

func Use() {
	x := a.New()
	x.M()
	x.F++
}
-- b/b_test.go --
package b_test

import (
	"testing"

	"example.com/m/a"
)

func TestM(t *testing.T) { a.New().M() }
`)
	request := facts.ReferencesRequest{Symbols: []tree.Name{{Package: "example.com/m/a", Name: "New"}, {Package: "example.com/m/a", Name: "M", Receiver: "T"},
		{Package: "example.com/m/a", Name: "F", Receiver: "T"}, {Package: "example.com/m/a", Name: "T"}, {Package: "example.com/m/a", Name: "None"}}}
	request.Root, request.Dir = root, root
	answer, err := facts.References(context.Background(), request)
	if err != nil {
		t.Fatal(err)
	}
	testtree.Same(t, lines(answer.Symbols, func(one facts.SymbolUses) string {
		return fmt.Sprintf("%s known=%t %v", dotted(one.Name), one.Known, lines(one.Files, func(f facts.UsingFile) string { return fmt.Sprintf("%s%v", f.File, f.Lines) }))
	}), []string{
		"New known=true [b/b.go[6] b/b_test.go[9]]", "T.M known=true [b/b.go[7] b/b_test.go[9]]", "T.F known=true [b/b.go[8]]",
		"T known=true [a/a.go[5 6] b/b.go[7 8] b/b_test.go[9]]", "None known=false []",
	})
}

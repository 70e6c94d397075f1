// src/ -> dist/: one bundle per entry. Node refuses to strip types under node_modules, so the npm package ships these.
import { bundle } from './bundle.ts'

await bundle({ cli: 'src/cli.ts', helper: 'src/adapters/process/helper.ts', demo: 'examples/demo.ts' }, 'dist')

// src/ -> dist/: one bundle per entry. Node refuses to strip types under node_modules, so the npm package ships these.
import { bundle } from './bundle.ts'

await bundle({ cli: 'src/cli.ts', demo: 'examples/demo.ts' }, 'dist')

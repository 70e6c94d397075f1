// Kept for importers that have not moved yet: the function lives in src/nearest-word.ts.
export { nearestWord } from '../nearest-word.ts'

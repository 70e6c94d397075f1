// Names of migrations: the habit of a repository, and what breaks it.
import { describe, expect, it } from 'vitest'
import { checkMigrationNames, findMigrations } from '../../src/gate/migration-names.ts'
import { splitDirections } from '../../src/gate/migration-texts.ts'

const base = [
  'migrations/000001_init.up.sql',
  'migrations/000001_init.down.sql',
  'migrations/000002_users.up.sql',
  'migrations/000002_users.down.sql',
]
const added = (...paths: readonly string[]) => checkMigrationNames({ base, head: [...base, ...paths] }).map((finding) => finding.message)

describe('checkMigrationNames', () => {
  it('is content with a pair after the last one', () => {
    expect(added('migrations/000003_quota.up.sql', 'migrations/000003_quota.down.sql')).toEqual([])
  })

  it.each([
    ['another scheme', ['migrations/V3__quota.sql'], /not named as/],
    ['another width', ['migrations/3_quota.up.sql', 'migrations/3_quota.down.sql'], /not named as/],
    ['no number', ['migrations/quota.sql'], /not named as/],
    ['a number that is taken', ['migrations/000002_quota.up.sql', 'migrations/000002_quota.down.sql'], /applied already|number 000002/],
    ['a number before the last', ['migrations/000000_quota.up.sql', 'migrations/000000_quota.down.sql'], /applied already/],
    ['no way back', ['migrations/000003_quota.up.sql'], /no down migration/],
    [
      'two with one number',
      ['migrations/000003_a.up.sql', 'migrations/000003_a.down.sql', 'migrations/000003_b.up.sql', 'migrations/000003_b.down.sql'],
      /number 000003/,
    ],
  ] as const)('finds %s', (_name, paths, message) => {
    expect(added(...paths)).toContainEqual(expect.stringMatching(message))
  })

  it('asks for no pairs where the repository has none', () => {
    const single = ['db/migrations/20240101000000_init.sql']
    expect(checkMigrationNames({ base: single, head: [...single, 'db/migrations/20250101000000_quota.sql'] })).toEqual([])
  })

  it('says nothing of files that the base has, however they are named', () => {
    expect(checkMigrationNames({ base: [...base, 'migrations/odd.sql'], head: [...base, 'migrations/odd.sql'] })).toEqual([])
  })

  it('orders numbers as numbers', () => {
    const [folder] = findMigrations(['migrations/10_b.up.sql', 'migrations/9_a.up.sql'])
    expect(folder?.files.map((file) => file.order)).toEqual(['9', '10'])
  })
})

describe('splitDirections', () => {
  it('splits a file of goose or dbmate, and keeps line numbers', () => {
    const { up, down } = splitDirections('-- +goose Up\nCREATE TABLE a ();\n-- +goose Down\nDROP TABLE a;')
    expect(up.split('\n')).toEqual(['', 'CREATE TABLE a ();', '', ''])
    expect(down?.split('\n')).toEqual(['', '', '', 'DROP TABLE a;'])
  })

  it('takes a file without marks as one direction', () => {
    expect(splitDirections('CREATE TABLE a ();')).toEqual({ up: 'CREATE TABLE a ();' })
  })
})

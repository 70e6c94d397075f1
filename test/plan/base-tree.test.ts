// The base commit's files and links, by real git.
import { expect, test } from 'vitest'
import { readBaseTree } from '../../src/plan/base-tree.ts'
import { makeGitDir } from '../support/git-dir.ts'
import { openGit } from '../support/open-git.ts'

test('all files of the commit are there, and links are told', async () => {
  const repo = makeGitDir({
    'go.mod': 'module m\n',
    'a/b/Ünï côde.go': 'package b\n',
    'run.sh': { executable: '#!/bin/sh\n' },
    docs: { linkTo: 'a' },
  })
  const tree = await readBaseTree(await openGit(repo.dir), repo.head())
  expect([...tree.files].sort()).toEqual(['a/b/Ünï côde.go', 'docs', 'go.mod', 'run.sh'])
  expect([...tree.links]).toEqual(['docs'])
})

// Effect -> stage -> event. Which stage does what; how it does it stands in the stage. Start reading a step here.
import { never } from '../fault.ts'
import type { CarryOut } from './drive.ts'
import { commitSeams, makePlan, measureBase, readFeature } from './plan-effects.ts'
import { publish } from './publish-effect.ts'
import { reviewTask } from './review-effect.ts'
import type { RunWorld } from './run-world.ts'
import { newWarmth, runTask, type Warmth } from './task-effects.ts'
import { judgeWave, mergeBase, mergeWave, ruleDisputes } from './wave-effects.ts'

/** Joins a run's world with the loop. Safe to repeat any effect: what was paid or made is found again in the journal and in git. */
export function createCarryOut(world: RunWorld): CarryOut {
  const warmth: Warmth = newWarmth()
  return async (effect, context) => {
    switch (effect.type) {
      case 'read-feature':
        return readFeature(world, context)
      case 'measure-base':
        return measureBase(world, context)
      case 'make-plan':
        return makePlan(world, context)
      case 'commit-seams':
        return commitSeams(world, context)
      case 'run-task':
        return runTask({ world, context, effect, warmth })
      case 'review-task':
        return reviewTask({ world, context, effect })
      case 'merge-wave':
        return mergeWave({ world, context, effect })
      case 'judge-wave':
        return judgeWave({ world, context, effect })
      case 'rule-disputes':
        return ruleDisputes({ world, context, effect })
      case 'merge-base':
        return mergeBase({ world, context, effect })
      case 'publish':
        return publish({ world, context, effect })
      case 'finish-turns':
        // The loop does this one itself: it owns the signal.
        return
      default:
        return never(effect)
    }
  }
}

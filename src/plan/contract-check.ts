// What the planner's contracts are asked: do they type-check over the base commit, and what do they declare. Types only; type-check-contracts.ts asks.
import type { Contract } from './plan.ts'
import type { DeclaredSymbol } from './plan-facts.ts'

/** Contracts held against the base commit. `faults`: in words, each with its contract and line. `could-not-run`: go or the analyzer did not answer. */
export type ContractCheck =
  | { readonly kind: 'checked'; readonly faults: readonly string[]; readonly declared: readonly DeclaredSymbol[] }
  | { readonly kind: 'could-not-run'; readonly why: string }

/** Contract: never rejects for what the contracts say; honours the signal. */
export type CheckContracts = (contracts: readonly Contract[], signal: AbortSignal) => Promise<ContractCheck>

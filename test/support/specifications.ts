// Specifications as people write them, for tests of what is read out of them: terse with Go, and numbered prose.

/** A small feature told by Go declarations and terse lines, without one list. */
export const ratingSpec = `# Call Ratings (small example)

**Base commit:** 1234567 · **Size:** S

## Why
A buyer must be able to rate a call once. Rated calls are never rated again.

## Domain — package \`internal/domain/rating\`
\`\`\`go
type Stars int  // 1 to 5
func (s Stars) IsValid() bool; func ParseStars(s string) (Stars, error) // validation INVALID_STARS
type Rating struct { ID, CallID uuid.UUID; Stars Stars; At time.Time }
func New(callID uuid.UUID, stars Stars, at time.Time) (*Rating, error)
// validation: INVALID_CALL (nil uuid), INVALID_STARS
type Repository interface {
    Save(ctx context.Context, r *Rating) error // same call -> conflict
    Find(ctx context.Context, callID uuid.UUID) (*Rating, error) // not_found
}
\`\`\`
## Infrastructure
\`repository.NewRatingRepository(db *pgxpool.Pool) *RatingRepository\`; migration \`migrations/<14 digits>_create_ratings.sql\` (plain PostgreSQL; runs alone). Conflict is an \`AppError\`.

## Service — package \`internal/service/rating\`
\`NewService(repo rating.Repository, logger *zap.Logger) Service\`. \`Rate\` logs a failing repository; it never retries.

## API (\`rest.Services.Rating\`; mounted)
\`POST /api/v1/calls/{callID}/rating\` {"stars"} -> 201 · \`GET …\` -> 200 \`{"data":{…}}\` · \`GET …/history?limit=\` -> 200.
Malformed -> 400 \`INVALID_REQUEST\`; else 500.

Not wanted: cache, events (of any kind), GraphQL.
`

/** A specification with its own numbers, sections of planning talk, and quality standards. */
export const numberedSpec = `# Feature: Quota per Account

## Overview
Accounts buy more calls than they may. We want a quota.

## Requirements
- **FR-1**: An account has a monthly quota of calls.
- **FR-2**: A call beyond the quota is refused with \`QUOTA_EXCEEDED\`.
- Administrators see usage.

### NFR-1: Latency
The check takes less than 1 ms at p99.
It is measured by a benchmark.

## Dependencies
- Account service
- Blocked By: billing, audit log
- Blocks: reporting

## Security
The quota MUST NOT be readable by other accounts.

## Implementation Plan
- [ ] Week 1: everything

## Out of scope
- Quotas per user
- A user interface
`

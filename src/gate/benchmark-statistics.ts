// Samples of one benchmark -> what may be said of its mean. Pure.

/** Mean and the upper 95 % bound of the mean, in ns per operation. */
export interface BenchmarkResult {
  readonly samples: number
  readonly meanNs: number
  /** One-sided: in 95 of 100 repetitions the true mean is below. Infinite for fewer than two samples. */
  readonly upperNs: number
}

// Student's t, one-sided 95 %, by degrees of freedom from 1 to 30; above, the normal distribution's value. Source: any table of the t distribution.
const tQuantiles = [
  6.314, 2.92, 2.353, 2.132, 2.015, 1.943, 1.895, 1.86, 1.833, 1.812, 1.796, 1.782, 1.771, 1.761, 1.753, 1.746, 1.74, 1.734, 1.729, 1.725,
  1.721, 1.717, 1.714, 1.711, 1.708, 1.706, 1.703, 1.701, 1.699, 1.697,
] as const
const normalQuantile = 1.645

/** Statistics of samples in ns per operation. */
export function summarise(samples: readonly number[]): BenchmarkResult {
  const count = samples.length
  const mean = samples.reduce((sum, value) => sum + value, 0) / count
  if (count < 2) return { samples: count, meanNs: mean, upperNs: Number.POSITIVE_INFINITY }
  const variance = samples.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1)
  const quantile = tQuantiles[count - 2] ?? normalQuantile
  return { samples: count, meanNs: mean, upperNs: mean + quantile * Math.sqrt(variance / count) }
}

/** Samples of the named benchmark in what a test binary printed: `BenchmarkCharge-8  1000  123.4 ns/op …`. */
export function readSamples(output: string, name: string): readonly number[] {
  return output.split('\n').flatMap((line) => {
    const [found, iterations, ...figures] = line.trim().split(/\s+/)
    if (found === undefined || found.replace(/-\d+$/, '') !== name || !/^\d+$/.test(iterations ?? '')) return []
    const value = Number(figures[figures.indexOf('ns/op') - 1])
    return Number.isFinite(value) ? [value] : []
  })
}

/**
 * The 95 % interval of a share. E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference"
 * (1927).
 */
export function wilson(right: number, of: number): string {
  const z = 1.96
  const share = right / of
  const middle = share + z ** 2 / (2 * of)
  const half = z * Math.sqrt((share * (1 - share)) / of + z ** 2 / (4 * of ** 2))
  const at = (value: number): string => (value / (1 + z ** 2 / of)).toFixed(3)
  return `${share.toFixed(3)} [${at(middle - half)}, ${at(middle + half)}]`
}

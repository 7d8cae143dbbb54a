/** The cross-entropy loss u = -ln p = ln(1 + e^-phi) of a scaled logit phi = ln(p / (1 - p)), without overflow. */
export function lossOfScaledLogit(phi: number): number {
  return phi > 0 ? Math.log1p(Math.exp(-phi)) : -phi + Math.log1p(Math.exp(phi));
}

// Says which finds are so wide that they are walls, awnings and shop fronts more often than plates.

/** From this part of the picture's width on. Of 58 plates .08 to .2 of a picture wide the least sure had a score of .69. */
export const WIDE_PART = 0.08

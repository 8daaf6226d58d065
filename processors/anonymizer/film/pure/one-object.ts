// Says how much two finds overlap that come from different views of a frame and are one object.

/** Where the whole frame and its tiles see one object, their boxes differ more than those of one look. */
export const ONE_OBJECT = { iou: 0.4, contained: 0.75 }

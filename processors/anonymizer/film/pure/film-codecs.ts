// Says of which codecs one packet is one picture. Which codecs are accepted at all: schemas/film-codecs.ts.

/** Codecs of which one packet is always one picture, so that missing pictures can be counted. */
const ONE_PACKET_ONE_PICTURE: ReadonlySet<string> = new Set([
  'h264',
  'hevc',
  'mpeg1video',
  'mpeg2video',
  'mpeg4',
  'mjpeg',
  'prores',
  'dnxhd',
  'dvvideo',
  'ffv1',
  'huffyuv',
  'ffvhuff',
  'rawvideo',
])

export const countsPictures = (codec: string): boolean => ONE_PACKET_ONE_PICTURE.has(codec)

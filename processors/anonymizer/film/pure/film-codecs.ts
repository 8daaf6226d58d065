// Names the video codecs that are decoded; anything else is refused before a byte of it is parsed further.

export const FILM_CODECS: ReadonlySet<string> = new Set([
  'h264',
  'hevc',
  'vp8',
  'vp9',
  'av1',
  'mpeg1video',
  'mpeg2video',
  'mpeg4',
  'h263',
  'msmpeg4v2',
  'msmpeg4v3',
  'mjpeg',
  'prores',
  'dnxhd',
  'dvvideo',
  'ffv1',
  'huffyuv',
  'ffvhuff',
  'rawvideo',
])

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

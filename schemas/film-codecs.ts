// Names the video codecs that are accepted: the extractor refuses others before approval, the anonymizer decodes no other.

/** FFmpeg's names of what cameras, phones and editors write. What nobody needs, nobody can attack us through. */
export const FILM_CODECS: ReadonlySet<string> = new Set([
  ...['h264', 'hevc', 'vp8', 'vp9', 'av1', 'mpeg1video', 'mpeg2video', 'mpeg4', 'h263'],
  ...[
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
  ],
])

// Names the formats that people hand in and that are not accepted, so that the refusal can say what the file is.
import { letters } from './byte-view.ts'

/** Signature as Latin-1, where it lies, and what it is. */
const SIGNATURES: readonly (readonly [string, number, string])[] = [
  ['GIF8', 0, 'GIF'],
  ['II*\0', 0, 'TIFF or camera raw'],
  ['MM\0*', 0, 'TIFF or camera raw'],
  ['II+\0', 0, 'BigTIFF'],
  ['MM\0+', 0, 'BigTIFF'],
  ['IIRO', 0, 'camera raw'],
  ['IIU\0', 0, 'camera raw'],
  ['FUJIFILM', 0, 'camera raw'],
  ['II\xbc', 0, 'JPEG XR'],
  ['\0\0\x01\0', 0, 'Windows icon'],
  ['\0\0\x02\0', 0, 'Windows cursor'],
  ['8BPS', 0, 'Photoshop'],
  ['\0\0\0\x0cjP  ', 0, 'JPEG 2000'],
  ['\xff\x4f\xff\x51', 0, 'JPEG 2000'],
  ['\0\0\0\x0cJXL ', 0, 'JPEG XL'],
  ['\xff\x0a', 0, 'JPEG XL'],
  ['BPG\xfb', 0, 'BPG'],
  ['qoif', 0, 'QOI'],
  ['farbfeld', 0, 'farbfeld'],
  ['#?RADIANCE', 0, 'Radiance'],
  ['v/1\x01', 0, 'OpenEXR'],
  ['%PDF-', 0, 'PDF'],
  ['%!PS', 0, 'PostScript'],
  ['\xc5\xd0\xd3\xc6', 0, 'PostScript'],
  ['FLV\x01', 0, 'Flash video'],
  ['\x30\x26\xb2\x75\x8e\x66\xcf\x11', 0, 'Windows media'],
  ['\0\0\x01\xba', 0, 'MPEG program stream'],
  ['\0\0\x01\xb3', 0, 'MPEG video without container'],
  ['OggS', 0, 'Ogg'],
  ['\x06\x0e\x2b\x34', 0, 'MXF'],
  ['YUV4MPEG2', 0, 'raw video'],
  ['DKIF', 0, 'IVF'],
  ['ID3', 0, 'MP3'],
  ['fLaC', 0, 'FLAC'],
  ['MThd', 0, 'MIDI'],
  ['#!AMR', 0, 'AMR'],
  ['ustar', 257, 'tar archive'],
  ['\x1f\x8b', 0, 'gzip'],
  ['\x1f\x9d', 0, 'compress'],
  ['BZh', 0, 'bzip2'],
  ['\xfd7zXZ\0', 0, 'xz'],
  ['\x28\xb5\x2f\xfd', 0, 'Zstandard'],
  ['\x04\x22\x4d\x18', 0, 'LZ4'],
  ['MSCF', 0, 'cabinet archive'],
  ['xar!', 0, 'xar archive'],
  ['!<arch>', 0, 'ar archive'],
  ['0707', 0, 'cpio archive'],
  ['-lh', 2, 'LHA archive'],
  ['**ACE**', 7, 'ACE archive'],
  ['\x60\xea', 0, 'ARJ archive'],
  ['\x1aWARC', 0, 'WARC'],
  ['WARC/', 0, 'WARC'],
  ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 0, 'old Office document'],
  ['\x7fELF', 0, 'program'],
  ['MZ', 0, 'program'],
  ['\xfe\xed\xfa', 0, 'program'],
  ['\xcf\xfa\xed\xfe', 0, 'program'],
  ['\xca\xfe\xba\xbe', 0, 'program'],
  ['SQLite format 3', 0, 'database'],
  ['{\\rtf', 0, 'RTF'],
]

/** Beginnings of text files, after white space and a byte order mark, in lower case. */
const TEXTS: readonly (readonly [string, string])[] = [
  ['#extm3u', 'playlist'],
  ['ffconcat', 'concat script'],
  ['[playlist]', 'playlist'],
  ['<mpd', 'playlist'],
  ['<smil', 'playlist'],
  ['<asx', 'playlist'],
  ['v=0', 'session description'],
  ['#!', 'script'],
  ['<?php', 'script'],
  ['<svg', 'SVG'],
  ['<!doctype svg', 'SVG'],
  ['<!doctype html', 'HTML'],
  ['<html', 'HTML'],
  ['<script', 'HTML'],
  ['webvtt', 'subtitles'],
]

function textKind(head: Uint8Array): string | undefined {
  const text = letters(head, 0, 1024)
    .replace(/^(\xef\xbb\xbf)?\s*/, '')
    .toLowerCase()
  const known = TEXTS.find(([start]) => text.startsWith(start))
  if (known) return known[1]
  if (!text.startsWith('<?xml') && !text.startsWith('<!--')) return undefined
  const inside = TEXTS.find(([start]) => start.startsWith('<') && text.includes(start))
  return inside?.[1] ?? 'XML'
}

function riffKind(head: Uint8Array): string | undefined {
  if (letters(head, 0, 4) !== 'RIFF') return undefined
  const form = letters(head, 8, 12)
  return form === 'WEBP' ? 'WebP' : form === 'WAVE' ? 'WAVE sound' : 'RIFF file'
}

/** What a file of a format that is not accepted is called, or undefined for one never heard of. */
export function refusedFormat(head: Uint8Array): string | undefined {
  const known = SIGNATURES.find(([bytes, at]) => letters(head, at, at + bytes.length) === bytes)
  return known?.[2] ?? riffKind(head) ?? textKind(head)
}

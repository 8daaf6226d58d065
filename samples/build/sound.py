"""Promises: the film's sound, made of sines and noise: the street's hum, a car that passes, steps and a small melody."""
import wave

import numpy as np
from scipy.signal import butter, lfilter

RATE = 48000


def band(noise, low, high):
    b, a = butter(2, [low / (RATE / 2), high / (RATE / 2)], "band")
    return lfilter(b, a, noise)


def make(path, seconds, seed=6):
    """Writes a stereo WAV of `seconds`."""
    rng = np.random.default_rng(seed)
    count = int(seconds * RATE)
    t = np.arange(count) / RATE
    hum = band(rng.normal(size=count), 60, 400) * .10 + band(rng.normal(size=count), 400, 2500) * .02
    near = np.exp(-((t - 2.6) / 1.1) ** 2)
    car = band(rng.normal(size=count), 120, 1400) * near * .55 + .03 * near * np.sin(2 * np.pi * np.cumsum(70 - 8 * np.tanh((t - 2.6) * 2)) / RATE)
    steps = np.zeros(count)
    for rate, shift, loud in ((1.76, .2, .10), (1.72, .45, .06)):
        for k in np.arange(shift, seconds - .2, 1 / rate):
            i, n = int(k * RATE), int(.09 * RATE)
            steps[i:i + n] += (band(rng.normal(size=n), 180, 1800) * np.exp(-np.arange(n) / RATE * 55) * loud * rng.uniform(.7, 1.2))[:max(0, count - i)]
    tune = np.zeros(count)
    scale = [0, 2, 4, 7, 9, 12, 14, 16]
    for k, note in enumerate([2, 4, 5, 4, 3, 1, 0, 3, 4, 6, 5, 3, 2]):
        i, n = int((.3 + k * .46) * RATE), int(1.4 * RATE)
        if i >= count:
            break
        s = np.arange(min(n, count - i)) / RATE
        tone = 392 * 2 ** (scale[note] / 12)
        tune[i:i + len(s)] += .07 * np.exp(-s * 3.2) * (np.sin(2 * np.pi * tone * s) + .35 * np.sin(4 * np.pi * tone * s) * np.exp(-s * 5)) * np.minimum(1, s * 200)
    fade = np.minimum(1, np.minimum(t / .15, (seconds - t) / .4))
    side = .5 + .35 * np.tanh((t - 2.6) * 1.2)
    left, right = hum + steps + tune + car * (1 - side), hum * .95 + steps * .9 + tune + car * side
    out = np.clip(np.stack([left, right], 1) * fade[:, None], -1, 1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2), file.setsampwidth(2), file.setframerate(RATE)
        file.writeframes((out * 32000).astype("<i2").tobytes())

"""The faults of cameras on a crop: colour, light, motion blur, noise, JPEG; nothing here moves a plate."""
import cv2
import numpy as np


def motion_blur(crop, rng, longest=7):
    """Smears along one direction by 2 to `longest` pixels."""
    length = rng.randint(2, longest)
    kernel = np.zeros((length, length), np.float32)
    angle = rng.uniform(0, np.pi) if rng.random() < 0.4 else rng.gauss(0, 0.15)
    middle = (length - 1) / 2
    reach = np.array([np.cos(angle), np.sin(angle)]) * middle
    start, end = (np.round(middle + s * reach).astype(int) for s in (-1, 1))
    cv2.line(kernel, tuple(map(int, start)), tuple(map(int, end)), 1, 1)
    return cv2.filter2D(crop, -1, kernel / kernel.sum())


def recolor(crop, rng):
    """Gain per channel, gamma, grey, swapped channels, on uint8 RGB through one table per channel."""
    if rng.random() < 0.15:
        crop = crop[..., rng.sample((0, 1, 2), 3)]
    gamma = np.exp(rng.gauss(0, 0.35))
    light = np.exp(rng.gauss(0, 0.25))
    gains = [light * np.exp(rng.gauss(0, 0.18 if rng.random() < 0.8 else 0.5)) for _ in range(3)]
    ramp = (np.arange(256) / 255) ** gamma * 255
    table = np.stack([np.clip(ramp * g, 0, 255) for g in gains], -1).astype(np.uint8)
    crop = cv2.LUT(np.ascontiguousarray(crop), table[None].transpose(1, 0, 2).reshape(256, 1, 3))
    if rng.random() < 0.1:
        crop = np.repeat(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)[..., None], 3, 2)
    return crop


def daylight(crop, rng):
    """Takes a dashcam's cast away (grey world: each channel's mean is the same) and lifts it to a day's light."""
    means = crop.reshape(-1, 3).mean(0) + 2
    gains = np.clip(means.mean() / means, 0.4, 2.5)
    level = rng.uniform(80, 150)
    balanced = np.clip(crop * gains.astype(np.float32), 0, 255)
    gamma = np.clip(np.log(level / 255) / np.log((balanced.mean() + 2) / 257), 0.45, 1.3)
    return (255 * (balanced / 255) ** gamma).astype(np.uint8)


def cast_light(crop, rng):
    """A shadow's or a sunbeam's edge across the crop, hard or soft."""
    n = crop.shape[0]
    angle, at = rng.uniform(0, 2 * np.pi), rng.uniform(-0.35, 0.35) * n
    ys, xs = np.mgrid[:n, :n].astype(np.float32) - n / 2
    side = np.clip((xs * np.cos(angle) + ys * np.sin(angle) - at) / rng.choice((1.5, 3, 12, 60)) + 0.5, 0, 1)
    gain = rng.uniform(0.3, 0.75) if rng.random() < 0.7 else rng.uniform(1.3, 2.2)
    return np.minimum(crop * (1 + (gain - 1) * side)[..., None].astype(np.float32), 255).astype(np.uint8)


def enlarged(crop, rng):
    """As if the picture had been smaller and were enlarged: films are, and far plates in them have no letters."""
    n = crop.shape[0]
    small = int(n / rng.uniform(1.2, 2.6))
    shrunk = cv2.resize(crop, (small, small), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.6:
        shrunk = packed(shrunk, rng, (35, 90))
    return cv2.resize(shrunk, (n, n), interpolation=cv2.INTER_LINEAR if rng.random() < 0.7 else cv2.INTER_CUBIC)


def degrade(crop, rng, recolored=0.8):
    """uint8 RGB [n,n,3] in and out; recolored: how often the colours change."""
    if rng.random() < 0.25:
        crop = enlarged(crop, rng)
    if rng.random() < 0.15:
        crop = cast_light(crop, rng)
    if rng.random() < recolored:
        crop = recolor(crop, rng)
    if rng.random() < 0.25:
        crop = motion_blur(crop, rng)
    if rng.random() < 0.15:
        crop = cv2.GaussianBlur(crop, (0, 0), rng.uniform(0.4, 1.3))
    if rng.random() < 0.4:
        crop = noisy(crop, rng, 10)
    if rng.random() < 0.7:
        crop = packed(crop, rng, (25, 90))
    return np.ascontiguousarray(crop)


def degrade_little(crop, rng):
    """As a good camera nearby: colours, a trace of blur and noise, a mild JPEG; uint8 RGB [n,n,3] in and out."""
    if rng.random() < 0.7:
        crop = recolor(crop, rng)
    if rng.random() < 0.3:
        crop = cv2.GaussianBlur(crop, (0, 0), rng.uniform(0.3, 0.7))
    if rng.random() < 0.4:
        crop = noisy(crop, rng, 4)
    if rng.random() < 0.5:
        crop = packed(crop, rng, (60, 95))
    return np.ascontiguousarray(crop)


def noisy(crop, rng, most):
    noise = np.empty(crop.shape, np.int16)
    cv2.setRNGSeed(rng.getrandbits(31))
    cv2.randn(noise, 0, rng.uniform(1, most))
    return np.clip(crop + noise, 0, 255).astype(np.uint8)


def packed(crop, rng, quality):
    _, bytes_ = cv2.imencode('.jpg', crop, [cv2.IMWRITE_JPEG_QUALITY, rng.randint(*quality)])
    return cv2.imdecode(bytes_, cv2.IMREAD_COLOR)

"""Turns the exported graph into one whose first look is worked out in bytes: 8-bit activations, 7-bit weights for each channel.

Seven bits because processors without VNNI add two products in 16 bits, which eight would overflow: so every processor gives the
same answers. The heads, the second look and everything after stay float. Ranges are learned from training pictures.
Needs onnx and onnxruntime (PyPI); the versions are named in README.md.
"""
import argparse
import os
import tempfile

import cv2
import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

import truth
from net import PIXEL_MEAN, PlateNet

LOOKS = ((640, 384), (480, 288), (800, 480))
FRAME_STEP, PORTRAIT_STEP = 9, 50
NECK = PlateNet().heat.in_channels
FIRST, BODY = '/first/', ('stem', 'stage', 'lateral', 'smooth')


class Calibration(CalibrationDataReader):
    """Frames of the drives that are trained on, and portraits, at the sizes of the looks."""

    def __init__(self, root):
        frames = [p for p in truth.romania(root) if p.group != truth.NIGHT]
        self.pictures = iter(enumerate(frames[::FRAME_STEP] + truth.portraits(root)[::PORTRAIT_STEP]))

    def get_next(self):
        number, picture = next(self.pictures, (0, None))
        if picture is None:
            return None
        return {'pixels': cv2.resize(picture.read(), LOOKS[number % len(LOOKS)], interpolation=cv2.INTER_AREA)[None]}


class Edited:
    """A graph whose nodes are found by what they give, and replaced in place."""

    def __init__(self, model):
        self.model, self.graph = model, model.graph

    def giver(self, tensor):
        return next(node for node in self.graph.node if tensor in node.output)

    def takers(self, tensor):
        return [node for node in self.graph.node if tensor in node.input]

    def constant(self, name, value):
        self.graph.initializer.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def weight(self, name):
        return numpy_helper.to_array(next(i for i in self.graph.initializer if i.name == name))

    def put(self, before, *nodes):
        at = list(self.graph.node).index(before)
        for node in reversed(nodes):
            self.graph.node.insert(at, node)

    def drop(self, *nodes):
        for node in nodes:
            self.graph.node.remove(node)


def stem_by_fours(edited):
    """The first convolution reads cells of four pixels, twelve bytes as they lie in the picture, and gives two places at once.

    Its answers are the same; half as many cells with four times the numbers suit the kernels for bytes.
    """
    conv = next(n for n in edited.graph.node if n.op_type == 'Conv' and n.name.startswith(FIRST + 'stem'))
    (relu,) = edited.takers(conv.output[0])
    old, bias = edited.weight(conv.input[1]), edited.weight(conv.input[2])
    count = old.shape[0]
    wide = np.zeros((2 * count, 4 * 3, 3, 2), np.float32)
    for place in (0, 1):
        for tap in range(3):
            cell, pixel = divmod(4 + 2 * place + tap - 1, 4)
            wide[place * count:(place + 1) * count, pixel * 3:pixel * 3 + 3, :, cell] = old[..., tap]
    constant = edited.constant
    edited.put(
        conv,
        helper.make_node('Reshape', ['pixels', constant('fours_shape', np.int64([1, 0, -1, 12]))], ['fours_rows'], 'fours/Cells'),
        helper.make_node('Transpose', ['fours_rows'], ['fours_bytes'], 'fours/Bytes', perm=[0, 3, 1, 2]),
        helper.make_node('Cast', ['fours_bytes'], ['fours_floats'], 'fours/Cast', to=onnx.TensorProto.FLOAT),
        helper.make_node('Sub', ['fours_floats', constant('fours_mean', np.float32(PIXEL_MEAN))], ['fours'], 'fours/Sub'),
        helper.make_node('Conv', ['fours', constant('fours_weight', wide), constant('fours_bias', np.tile(bias, 2))], ['both'], conv.name,
                         kernel_shape=[3, 2], strides=[2, 1], pads=[1, 1, 0, 0]),
        helper.make_node('Relu', ['both'], ['both_seen'], relu.name),
        helper.make_node('Transpose', ['both_seen'], ['both_cells'], 'stem/AsCells', perm=[0, 2, 3, 1]),
        helper.make_node('Reshape', ['both_cells', constant('apart_shape', np.int64([0, 0, -1, count]))], ['apart_cells'], 'stem/Apart'),
        helper.make_node('Transpose', ['apart_cells'], [relu.output[0]], 'stem/AsMaps', perm=[0, 3, 1, 2]),
    )
    edited.drop(conv, relu)


def bytes_in(edited):
    """Where the picture was made float and rounded back, its bytes are taken as they are; where floats are wanted, in one step."""
    scale, zero = edited.constant('bytes_scale', np.float32(1)), edited.constant('bytes_zero', np.uint8(PIXEL_MEAN))
    for cast in [n for n in edited.graph.node if n.op_type == 'Cast']:
        subtracts = [n for n in edited.takers(cast.output[0]) if n.op_type == 'Sub']
        for subtract in subtracts:
            for rounded in [n for n in edited.takers(subtract.output[0]) if n.op_type == 'QuantizeLinear']:
                for back in edited.takers(rounded.output[0]):
                    back.input[0], back.input[1], back.input[2] = cast.input[0], scale, zero
                edited.drop(rounded)
            if edited.takers(subtract.output[0]):
                edited.put(subtract, helper.make_node('DequantizeLinear', [cast.input[0], scale, zero], list(subtract.output),
                                                      subtract.name + '/Floats'))
            edited.drop(subtract)
        if subtracts and not edited.takers(cast.output[0]):
            edited.drop(cast)


def sides_of_bytes(edited):
    """A map's sides are asked of its bytes, so that it need not be made float for that."""
    for shape in [n for n in edited.graph.node if n.op_type == 'Shape']:
        giver = next((n for n in edited.graph.node if shape.input[0] in n.output), None)
        if giver is not None and giver.op_type == 'DequantizeLinear':
            shape.input[0] = giver.input[0]


def doubled_by_copy(edited):
    """Doubling the side of a map of bytes: whole cells are copied, instead of a general Resize value by value."""
    for resize in [n for n in edited.graph.node if n.op_type == 'Resize' and n.name.startswith(FIRST)]:
        source = edited.giver(resize.input[0])
        (rounded,) = edited.takers(resize.output[0])
        name = resize.name
        (back,) = edited.takers(rounded.output[0])

        def at(part):
            return f'{name}/{part}'
        edited.put(
            resize,
            helper.make_node('Transpose', [source.input[0]], [at('cells')], at('Transpose'), perm=[0, 2, 3, 1]),
            helper.make_node('Concat', [at('cells')] * 2, [at('twice')], at('Across'), axis=3),
            helper.make_node('Reshape', [at('twice'), edited.constant(at('wide_shape'), np.int64([0, 0, -1, NECK]))], [at('wide')],
                             at('Wide')),
            helper.make_node('Shape', [at('wide')], [at('sides')], at('Sides'), start=2, end=4),
            helper.make_node('Reshape', [at('wide'), edited.constant(at('rows_shape'), np.int64([0, 0, 1, -1]))], [at('rows')], at('Rows')),
            helper.make_node('Concat', [at('rows')] * 2, [at('twice_rows')], at('Down'), axis=2),
            helper.make_node('Concat', [edited.constant(at('free'), np.int64([1, -1])), at('sides')], [at('shape')], at('Shape'), axis=0),
            helper.make_node('Reshape', [at('twice_rows'), at('shape')], [at('large')], at('Large')),
            helper.make_node('Transpose', [at('large')], [at('doubled')], at('Back'), perm=[0, 3, 1, 2]),
        )
        back.input[0], back.input[1], back.input[2] = at('doubled'), source.input[1], source.input[2]
        edited.drop(resize, rounded)


def in_bytes(graph):
    """Names of the nodes of the first look that are worked out in bytes: everything before the heads."""
    body = [n for n in graph.node if n.name.startswith(FIRST)]
    doubled = {n.output[0] for n in body if n.op_type == 'Resize'}
    return ['stem/AsCells', 'stem/Apart', 'stem/AsMaps'] + [n.name for n in body if n.op_type == 'Resize' or doubled & set(n.input)
            or n.op_type in ('Conv', 'Relu', 'Add') and any(part in n.name for part in BODY)]


def quantize(source, out, root):
    with tempfile.TemporaryDirectory() as folder:
        ready, rough = os.path.join(folder, 'ready.onnx'), os.path.join(folder, 'rough.onnx')
        quant_pre_process(source, ready, skip_symbolic_shape=True)
        edited = Edited(onnx.load(ready))
        stem_by_fours(edited)
        onnx.save(edited.model, ready)
        quantize_static(
            ready, rough, Calibration(root), quant_format=QuantFormat.QDQ, per_channel=True, reduce_range=True,
            op_types_to_quantize=['Conv', 'Relu', 'Resize', 'Add', 'Transpose', 'Reshape'], nodes_to_quantize=in_bytes(edited.graph),
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, calibrate_method=CalibrationMethod.MinMax)
        edited = Edited(onnx.load(rough))
    bytes_in(edited)
    sides_of_bytes(edited)
    doubled_by_copy(edited)
    used = {name for node in edited.graph.node for name in node.input}
    for unused in [i for i in edited.graph.initializer if i.name not in used]:
        edited.graph.initializer.remove(unused)
    del edited.graph.value_info[:]  # notes on types of before; the runtime infers its own
    onnx.checker.check_model(edited.model)
    onnx.save(edited.model, out)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data')
    parser.add_argument('--model', required=True, help='what export.py wrote')
    parser.add_argument('--out', required=True)
    options = parser.parse_args()
    quantize(options.model, options.out, truth.data_root(options.data))

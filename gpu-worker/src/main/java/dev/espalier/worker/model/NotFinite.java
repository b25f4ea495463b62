package dev.espalier.worker.model;

import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.protocol.safetensors.TensorInfo;
import java.nio.FloatBuffer;
import java.util.Arrays;

/** Tells what is wrong with a weight that has numbers which are none. Reads it again: nobody waits for it any more. */
record NotFinite(SafetensorsReader reader, String name) {
    private static final int PIECE = 1 << 20;

    /** Which tensor of which file, where in it, and what to do. */
    String sentence() {
        TensorInfo tensor = reader.info(name);
        long first = -1;
        float found = 0;
        long count = 0;
        for (long from = 0; from < tensor.elements(); from += PIECE) {
            FloatBuffer piece = FloatBuffer.allocate((int) Math.min(PIECE, tensor.elements() - from));
            reader.readFloats(name, from, piece.capacity(), piece);
            for (int i = 0; i < piece.capacity(); i++) {
                if (!Float.isFinite(piece.get(i))) {
                    found = count == 0 ? piece.get(i) : found;
                    first = count == 0 ? from + i : first;
                    count++;
                }
            }
        }
        return tensor.name() + " in " + tensor.file() + " holds " + found + " at "
                + Arrays.toString(position(first, tensor.shape())) + "; " + count + " of its " + tensor.elements()
                + " numbers are not finite. Nothing can be computed with it: the file is damaged, or what wrote it had"
                + " diverged. Take the model from where it is whole.";
    }

    /** Row, column and so on of an element, counted from 0. */
    private static long[] position(long element, long[] shape) {
        long[] position = new long[shape.length];
        long left = element;
        for (int i = shape.length - 1; i >= 0; i--) {
            position[i] = left % shape[i];
            left /= shape[i];
        }
        return position;
    }
}

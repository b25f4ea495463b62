package dev.espalier.protocol.safetensors;

import java.nio.file.Path;
import java.util.Arrays;

/**
 * Where a tensor lies in a safetensors file.
 *
 * @param shape dimensions, outermost first; empty for a scalar
 * @param file the (shard) file that holds it
 * @param position of its first byte, from the start of the file
 * @param byteLength product of the shape times the element size
 */
public record TensorInfo(String name, Dtype dtype, long[] shape, Path file, long position, long byteLength) {

    public TensorInfo {
        shape = shape.clone();
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }

    public long elements() {
        return byteLength / dtype.bytes();
    }

    /** How many numbers a tensor of that shape holds. */
    public static long elements(long[] shape) {
        long elements = 1;
        for (long dimension : shape) {
            elements *= dimension;
        }
        return elements;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TensorInfo that
                && name.equals(that.name)
                && dtype == that.dtype
                && Arrays.equals(shape, that.shape)
                && file.equals(that.file)
                && position == that.position
                && byteLength == that.byteLength;
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(new Object[] {name, dtype, Arrays.hashCode(shape), file, position, byteLength});
    }

    @Override
    public String toString() {
        return name + " " + dtype + " " + Arrays.toString(shape) + " in " + file;
    }
}

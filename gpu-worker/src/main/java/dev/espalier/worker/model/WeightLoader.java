package dev.espalier.worker.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.protocol.safetensors.TensorInfo;
import dev.espalier.worker.checkpoint.WeightPlaces.Place;
import dev.espalier.worker.torch.Torch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * A checkpoint's weights as tensors, every number of them looked at while it is read: what is not finite
 * is refused. Memory beside the tensors: one staging buffer of 4 MiB.
 */
final class WeightLoader {
    private static final int STAGED = 1 << 20;

    private final Torch torch;
    private final SafetensorsReader reader;
    private final ByteBuffer staging =
            ByteBuffer.allocateDirect(STAGED * Float.BYTES).order(ByteOrder.nativeOrder());

    private final boolean own;

    /** @param own whether all is copied into memory of its own, so that it may be written to */
    WeightLoader(Torch torch, SafetensorsReader reader, boolean own) {
        this.torch = torch;
        this.reader = reader;
        this.own = own;
    }

    /**
     * Bytes that a tensor takes beside its file. What stays mapped takes none: the system drops its pages when it needs
     * the room, and reads them again.
     */
    static long memory(TensorInfo stored, Place place, Precision precision, boolean own) {
        return precision == Precision.F32 && mapped(stored, place) && !own ? 0 : place.elements() * precision.bytes();
    }

    /** One Java buffer spans 2 GiB at most: what is larger is copied like what is stored in another type or otherwise. */
    private static boolean mapped(TensorInfo stored, Place place) {
        return stored.dtype() == Dtype.F32 && stored.byteLength() <= Integer.MAX_VALUE && place.isPlain();
    }

    /** In bfloat16, of which Java must not speak to libtorch: it would abort the process. */
    NDArray bfloat16(NDManager owner, Place place) {
        try (NDManager scope = torch.scope()) {
            return torch.tensor(owner, "to_bfloat16", float32(scope, place));
        }
    }

    /** In float32; what is stored in it stays in the mapped file, unless it is over 2 GiB. */
    NDArray float32(NDManager to, Place place) {
        String name = place.name();
        Shape shape = new Shape(place.shape());
        if (mapped(reader.info(name), place) && !own) {
            int from = Math.toIntExact(Float.BYTES * place.from());
            ByteBuffer bytes = reader.bytes(name)
                    .slice(from, Math.toIntExact(Float.BYTES * place.elements()))
                    .order(ByteOrder.LITTLE_ENDIAN);
            NDArray tensor = to.create(bytes, shape, DataType.FLOAT32);
            requireFinite(name, tensor);
            return tensor;
        }
        NDArray tensor = to.zeros(shape, DataType.FLOAT32);
        for (long from = 0; from < shape.size(); from += STAGED) {
            int count = (int) Math.min(STAGED, shape.size() - from);
            try (NDManager scope = torch.scope()) {
                FloatBuffer floats = staging.clear().asFloatBuffer();
                reader.readFloats(name, place.from() + from, count, floats);
                if (!place.isPlain()) {
                    for (int i = 0; i < count; i++) {
                        floats.put(i, place.read(floats.get(i)));
                    }
                }
                staging.limit(count * Float.BYTES);
                NDArray piece = scope.create(staging, new Shape(count), DataType.FLOAT32);
                requireFinite(name, piece);
                torch.tensor(scope, "copy_range", tensor, from, piece);
            }
        }
        return tensor;
    }

    /** One NaN is enough for every number that a model computes, and most measures would take it for a low score. */
    private void requireFinite(String name, NDArray read) {
        if (!torch.isFinite(read)) {
            throw new UserError(new NotFinite(reader, name).sentence());
        }
    }
}

package dev.espalier.worker.torch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.pytorch.jni.TorchScriptCall;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernels of {@code /torchscript}, bound to one device and to the thread that opened them: that thread owns every
 * tensor, and a call from another one is refused. Tensors live in scopes ({@link #scope()}); what a kernel returns
 * belongs to the scope it was called with.
 */
public final class Torch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Torch.class);
    private static final long PIECE = 1 << 20;
    private static final List<String> KERNELS = List.of(
            "tensors.py",
            "linear.py",
            "attention.py",
            "layer.py",
            "sparsity.py",
            "heads.py",
            "model.py",
            "losses.py",
            "steps.py",
            "choices.py",
            "optimizer.py",
            "compensation.py",
            "curvature.py",
            "gradients.py",
            "decode.py");

    private final Thread owner = Thread.currentThread();

    /** One for all tensors, since what a direct buffer leaves is not freed before Java's own heap is full. */
    private final ByteBuffer staging = direct(Float.BYTES * PIECE);

    private final NDManager root;
    private final PtSymbolBlock ops;

    private Torch(Device device, List<String> more) {
        prepareThread();
        root = Engine.getEngine("PyTorch").newBaseManager(device);
        ops = load(more);
    }

    /**
     * With the matrix products that are fastest on the device. Processors: oneDNN's, which use AVX-512 whoever made them (MKL's take
     * twice the time on AMD's); without AVX-512 MKL's where operands are transposed, which oneDNN copies first.
     */
    private PtSymbolBlock load(List<String> more) {
        if (!device().isGpu()) {
            String halves = Processor.multipliesBf16() ? "halves-onednn.py" : "halves-widened.py";
            String matmul = Processor.hasAvx512() ? "matmul-onednn.py" : "matmul.py";
            try {
                return load(List.of("product-onednn.py", matmul, halves), more);
            } catch (EngineException e) {
                LOG.info("no oneDNN in this libtorch, matrix products are its own: {}", e.getMessage());
            }
        }
        return load(List.of("product.py", "matmul.py", "halves-rounded.py"), more);
    }

    private PtSymbolBlock load(List<String> product, List<String> more) {
        List<String> kernels = new ArrayList<>(KERNELS);
        kernels.addAll(more);
        kernels.addAll(product);
        kernels.add(device().isGpu() ? "attention-gpu.py" : "attention-cpu.py");
        try (ByteArrayInputStream archive = new ByteArrayInputStream(ScriptArchive.pack(kernels))) {
            return JniUtils.loadModule((PtNDManager) root, archive, false, false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param device {@code cpu}, {@code cuda:N}, or {@code auto}: the first GPU if there is one */
    public static Torch open(String device) {
        return open(device, List.of());
    }

    /**
     * {@link #open(String)} with kernels besides those of the engine.
     *
     * @param more names of their files in {@code /torchscript} of the class path
     */
    public static Torch open(String device, List<String> more) {
        System.setProperty("ai.djl.default_engine", "PyTorch");
        return new Torch(Devices.parse(device), more);
    }

    /** Grad mode and the executor flag are thread-local in libtorch, and both start the wrong way round for us. */
    private static void prepareThread() {
        Engine.getEngine("PyTorch");
        JniUtils.setGradMode(false);
        JniUtils.setGraphExecutorOptimize(false);
    }

    public Device device() {
        return root.getDevice();
    }

    /** Such as {@code cpu()} or {@code gpu(0)}. */
    public String deviceName() {
        return device().toString();
    }

    /** A new owner of tensors; closing it frees them. */
    public NDManager scope() {
        checkThread();
        return root.newSubManager();
    }

    /** Number of tensors alive under this runtime. */
    public int tensors() {
        return root.getManagedArrays().size();
    }

    /** Bytes of those tensors; weights in a mapped file are counted, and so is what two tensors share. */
    public long tensorBytes() {
        return root.getManagedArrays().stream()
                .mapToLong(array -> array.size() * array.getDataType().getNumOfBytes())
                .sum();
    }

    /**
     * Calls a kernel. Arguments may be NDArray (Tensor), NDList (List[Tensor]), Integer or Long (int), Double or Float
     * (float), Boolean (bool), long[] (List[int]).
     *
     * @return the Tensor or the List[Tensor] that it returns, owned by {@code scope}
     */
    public NDList call(NDManager scope, String method, Object... arguments) {
        checkThread();
        List<IValue> values = new ArrayList<>(arguments.length);
        try {
            for (Object argument : arguments) {
                values.add(value(argument));
            }
            try (IValue result = TorchScriptCall.run(ops, method, values)) {
                return result.toNDList((PtNDManager) scope);
            }
        } finally {
            values.forEach(IValue::close);
        }
    }

    /** {@link #call} for kernels that return one tensor. */
    public NDArray tensor(NDManager scope, String method, Object... arguments) {
        return call(scope, method, arguments).singletonOrThrow();
    }

    private static IValue value(Object argument) {
        if (argument instanceof NDArray array) {
            return IValue.from((PtNDArray) array);
        } else if (argument instanceof NDList list) {
            return IValue.listFrom(list.stream().map(a -> (PtNDArray) a).toArray(PtNDArray[]::new));
        } else if (argument instanceof Integer || argument instanceof Long) {
            return IValue.from(((Number) argument).longValue());
        } else if (argument instanceof Double || argument instanceof Float) {
            return IValue.from(((Number) argument).doubleValue());
        } else if (argument instanceof Boolean flag) {
            return IValue.from(flag);
        } else if (argument instanceof long[] ints) {
            return IValue.listFrom(ints);
        }
        throw new IllegalArgumentException("no TorchScript value for " + argument.getClass());
    }

    /**
     * A float32 tensor whose elements {@code fill} puts, in row-major order: a piece at a time, since a Java buffer holds
     * 2 GiB at most and some embeddings are larger.
     *
     * @param fill is called until all are there, and fills what it is given
     */
    public NDArray floats(NDManager scope, long[] shape, Consumer<FloatBuffer> fill) {
        NDArray tensor = scope.zeros(new Shape(shape), DataType.FLOAT32);
        for (long from = 0; from < tensor.size(); from += PIECE) {
            int count = (int) Math.min(PIECE, tensor.size() - from);
            staging.clear().limit(count * Float.BYTES);
            fill.accept(staging.asFloatBuffer());
            try (NDManager piece = scope()) {
                NDArray values = piece.create(staging, new Shape(count), DataType.FLOAT32);
                tensor(piece, "copy_range", tensor, from, values);
            }
        }
        return tensor;
    }

    public NDArray floats(NDManager scope, float[] values, long... shape) {
        ByteBuffer bytes = direct(4L * values.length);
        bytes.asFloatBuffer().put(values);
        return scope.create(bytes, new Shape(shape), DataType.FLOAT32);
    }

    public NDArray ints(NDManager scope, int[] values, long... shape) {
        ByteBuffer bytes = direct(8L * values.length);
        LongBuffer longs = bytes.asLongBuffer();
        for (int value : values) {
            longs.put(value);
        }
        return scope.create(bytes, new Shape(shape), DataType.INT64);
    }

    /**
     * Whether every element of a float tensor is a finite number: one pass at the speed of memory, and no memory. The
     * owner of the tensor must take the sum's temporary.
     */
    public boolean isFinite(NDArray floats) {
        try (NDArray sum = floats.sum()) {
            double total = floats.getDataType() == DataType.FLOAT64 ? sum.getDouble() : sum.getFloat();
            // a NaN or an infinity stays one in a sum; a sum of finite numbers may yet overflow
            return Double.isFinite(total) || isFiniteOneByOne(floats);
        }
    }

    private boolean isFiniteOneByOne(NDArray floats) {
        for (long from = 0; from < floats.size(); from += PIECE) {
            try (NDManager scope = scope()) {
                NDArray piece = tensor(scope, "elements", floats, from, Math.min(PIECE, floats.size() - from));
                Number[] values = piece.toArray();
                if (!Arrays.stream(values).allMatch(value -> Double.isFinite(value.doubleValue()))) {
                    return false;
                }
            }
        }
        return true;
    }

    public NDArray empty(NDManager scope) {
        return scope.create(new Shape(0), DataType.FLOAT32);
    }

    private static ByteBuffer direct(long bytes) {
        return ByteBuffer.allocateDirect(Math.toIntExact(bytes)).order(ByteOrder.nativeOrder());
    }

    private void checkThread() {
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException("tensors of " + device() + " belong to thread " + owner.getName()
                    + ", not to " + Thread.currentThread().getName());
        }
    }

    @Override
    public void close() {
        ops.close();
        root.close();
    }
}

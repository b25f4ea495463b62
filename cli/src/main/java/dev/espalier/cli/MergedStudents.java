package dev.espalier.cli;

import dev.espalier.coordinator.merge.StudentMerger;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.config.RunConfig.Upload;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.protocol.safetensors.FlatTensors;
import dev.espalier.protocol.safetensors.SafetensorsWriter;
import dev.espalier.protocol.safetensors.StudentTensors;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;

/**
 * Students of random numbers, for the time and the error of a merge: weights within +-0.05, of which training changed each
 * by up to 1e-4, merged one version late. Written and read a piece at a time.
 *
 * @param numbers that training changes
 */
record MergedStudents(BlobFolder blobs, long numbers) {
    /** Of a tensor: as an FFN matrix of a large model. */
    private static final long TENSOR = 1L << 24;

    private static final int PIECE = 1 << 20;
    private static final double WEIGHT = 0.05;
    private static final double CHANGE = 1e-4;

    /** Of what a slice of training sends, moments included. */
    static double sentBytes(long numbers, Upload upload) {
        return 3.0 * numbers * (upload == Upload.BF16 ? Dtype.BF16 : Dtype.F32).bytes();
    }

    StudentMerger.Order order(Upload upload) throws IOException {
        DoubleSupplier change = uniform(3, CHANGE);
        BlobRef base = student(uniform(1, WEIGHT), Dtype.F32, Map.of());
        BlobRef newest = student(uniform(2, WEIGHT), Dtype.F32, Map.of());
        DoubleSupplier started = uniform(1, WEIGHT);
        BlobRef trained = upload == Upload.BF16
                ? student(change, Dtype.BF16, Map.of(StudentTensors.DELTA_OF, base.sha256()))
                : student(() -> (float) started.getAsDouble() + change.getAsDouble(), Dtype.F32, Map.of());
        return new StudentMerger.Order(newest, base, trained, Optional.empty(), 1, 2);
    }

    /** How far the merge of {@link #order} is from that of exact numbers: root mean square, as a share of the change's. */
    double error(StudentMerger.Order order, BlobRef merged) throws IOException {
        DoubleSupplier change = uniform(3, CHANGE);
        double errors = 0;
        double changes = 0;
        try (FlatTensors before = FlatTensors.open(blobs.path(order.newest()), StudentTensors::isTrainable);
                FlatTensors after = FlatTensors.open(blobs.path(merged), StudentTensors::isTrainable)) {
            float[] old = new float[PIECE];
            float[] next = new float[PIECE];
            for (int count = before.read(old); count > 0; count = before.read(old)) {
                after.read(next);
                for (int i = 0; i < count; i++) {
                    double half = change.getAsDouble() / 2;
                    double error = (double) next[i] - old[i] - half;
                    errors += error * error;
                    changes += half * half;
                }
            }
        }
        return Math.sqrt(errors / changes);
    }

    private static DoubleSupplier uniform(long seed, double bound) {
        SplittableRandom random = new SplittableRandom(seed);
        return () -> bound * (2 * random.nextDouble() - 1);
    }

    private BlobRef student(DoubleSupplier values, Dtype dtype, Map<String, String> more) throws IOException {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        for (long from = 0; from < numbers; from += TENSOR) {
            // Tensors come in the order of their names.
            shapes.put(
                    String.format(Locale.ROOT, "weight.%05d", from / TENSOR),
                    new long[] {Math.min(TENSOR, numbers - from)});
        }
        Map<String, String> metadata = new LinkedHashMap<>(more);
        metadata.put("espalier.student", "1");
        return blobs.put(file -> {
            try (SafetensorsWriter writer = SafetensorsWriter.createFile(file, shapes, name -> dtype, metadata)) {
                float[] piece = new float[PIECE];
                shapes.forEach((name, shape) -> {
                    for (long from = 0; from < shape[0]; from += PIECE) {
                        int count = (int) Math.min(PIECE, shape[0] - from);
                        for (int i = 0; i < count; i++) {
                            piece[i] = (float) values.getAsDouble();
                        }
                        writer.append(name, FloatBuffer.wrap(piece, 0, count));
                    }
                });
                writer.finish();
            }
        });
    }
}

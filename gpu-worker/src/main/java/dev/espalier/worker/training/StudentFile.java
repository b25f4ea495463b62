package dev.espalier.worker.training;

import static dev.espalier.protocol.safetensors.StudentTensors.FIRST;
import static dev.espalier.protocol.safetensors.StudentTensors.SECOND;
import static dev.espalier.protocol.safetensors.StudentTensors.STEPS;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.protocol.safetensors.SafetensorsWriter;
import dev.espalier.worker.training.TrainableGroup.Trainable;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * A student on disk: one safetensors file in float32, exact to the bit, with the optimizers' moments, so that training
 * goes on from it as if it had never stopped. No pickles. Read and written a piece of a tensor at a time.
 *
 * <p>The metadata has {@code espalier.student}, {@code GROUP.steps} of each group, and the groups' settings. A version
 * that several students made has neither moments nor steps.
 */
public final class StudentFile implements AutoCloseable {
    private static final String FORMAT = "espalier.student";
    private static final String VERSION = "1";

    /** The one step count of checkpoints that {@code espalier pretrain} wrote before they were student files. */
    private static final String PRETRAIN_STEPS = "optimizer-steps";

    private static final int PIECE = 1 << 20;

    private final Path path;
    private final SafetensorsReader reader;

    private StudentFile(Path path, SafetensorsReader reader) {
        this.path = path;
        this.reader = reader;
    }

    /** Writes the student's current state. */
    public static void write(Path file, Trainables student) {
        write(file, student, Map.of());
    }

    /** Writes the student's current state. @param more metadata of who writes it */
    public static void write(Path file, Trainables student, Map<String, String> more) {
        Map<String, Numbers> tensors = new LinkedHashMap<>();
        for (TrainableGroup group : student.groups()) {
            for (Trainable trainable : group.trainables()) {
                tensors.put(trainable.name(), trainable.value());
                tensors.put(trainable.name() + FIRST, trainable.first());
                tensors.put(trainable.name() + SECOND, trainable.second());
            }
        }
        Map<String, String> metadata = metadata(student);
        metadata.putAll(more);
        Map<String, long[]> shapes = new LinkedHashMap<>();
        tensors.forEach((name, numbers) -> shapes.put(name, numbers.shape()));
        try (SafetensorsWriter writer = SafetensorsWriter.createFile(file, shapes, metadata)) {
            tensors.forEach((name, numbers) -> write(writer, name, numbers));
            writer.finish();
        }
    }

    /** What a file of the student says of it. */
    static Map<String, String> metadata(Trainables student) {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put(FORMAT, VERSION);
        for (TrainableGroup group : student.groups()) {
            metadata.put(group.name() + STEPS, Long.toString(group.steps()));
            metadata.putAll(group.settings());
        }
        return metadata;
    }

    private static void write(SafetensorsWriter writer, String name, Numbers numbers) {
        forEachPiece(
                numbers, (from, count) -> writer.append(name, FloatBuffer.wrap(finite(name, numbers, from, count))));
    }

    /** A copy of some of a tensor's numbers. */
    static float[] finite(String name, Numbers numbers, long from, int count) {
        float[] piece = numbers.read(from, count);
        for (float value : piece) {
            if (!Float.isFinite(value)) {
                // A version that is no model would be merged into the others' work.
                throw new IllegalStateException("the student's " + name + " holds " + value
                        + " after this slice, so training has diverged: " + NonFiniteSteps.LOWER
                        + ", or learning-rate of a training from scratch");
            }
        }
        return piece;
    }

    /** A stretch of a tensor. */
    interface Piece {
        void at(long from, int count);
    }

    /** At least one, which is empty if the tensor is. */
    static void forEachPiece(Numbers numbers, Piece piece) {
        long size = Arrays.stream(numbers.shape()).reduce(1, Math::multiplyExact);
        long from = 0;
        do {
            int count = (int) Math.min(PIECE, size - from);
            piece.at(from, count);
            from += count;
        } while (from < size);
    }

    /** @throws UserError if the file is none that this Espalier can read a student from */
    public static StudentFile open(Path file) {
        SafetensorsReader reader = SafetensorsReader.open(file);
        Map<String, String> metadata = reader.metadata();
        if (!VERSION.equals(metadata.get(FORMAT)) && !metadata.containsKey(PRETRAIN_STEPS)) {
            reader.close();
            throw new UserError(file + " is not a student version of this Espalier");
        }
        return new StudentFile(file, reader);
    }

    /**
     * A student whose trainables and whose optimizer moments come from two versions.
     *
     * @param moments a version that a worker wrote; a blend of several has none, and a student that goes on from one alone
     *     begins its optimizers anew
     * @param like makes a student with the groups of a version, whose numbers are read after that
     */
    public static <S extends Trainables> S read(Path file, Path moments, Function<StudentFile, S> like) {
        try (StudentFile values = open(file);
                StudentFile memory = open(moments)) {
            S student = like.apply(values);
            try {
                values.readValues(student);
                if (!moments.equals(file) || values.hasMoments(student)) {
                    memory.readMoments(student);
                }
                return student;
            } catch (RuntimeException | Error e) {
                student.close();
                throw e;
            }
        }
    }

    /** Lets a student go on from this version, with the optimizers' moments that it has. */
    public void readValues(Trainables student) {
        for (TrainableGroup group : student.groups()) {
            for (Trainable trainable : group.trainables()) {
                read(trainable.name(), trainable.value());
            }
        }
    }

    /** Lets a student's optimizers go on as they were, whatever the student itself is. */
    public void readMoments(Trainables student) {
        for (TrainableGroup group : student.groups()) {
            group.restoreSteps(steps(group));
            for (Trainable trainable : group.trainables()) {
                read(trainable.name() + FIRST, trainable.first());
                read(trainable.name() + SECOND, trainable.second());
            }
        }
    }

    private boolean hasMoments(Trainables student) {
        return reader.metadata().containsKey(PRETRAIN_STEPS)
                || student.groups().stream().allMatch(group -> reader.metadata().containsKey(group.name() + STEPS));
    }

    private long steps(TrainableGroup group) {
        Map<String, String> metadata = reader.metadata();
        String steps = metadata.getOrDefault(group.name() + STEPS, metadata.get(PRETRAIN_STEPS));
        if (steps == null) {
            throw new UserError(path + " holds no optimizer moments: it is no version that a worker wrote");
        }
        return count(group.name() + STEPS, steps);
    }

    private long count(String name, String value) {
        try {
            long count = Long.parseLong(value);
            if (count >= 0) {
                return count;
            }
        } catch (NumberFormatException e) {
            // Told below, as a number below 0 is.
        }
        throw new UserError(path + " gives " + value + " for " + name
                + ", where there should be a whole number: this student version is damaged; go on from an earlier one");
    }

    public boolean has(String tensor) {
        return reader.names().contains(tensor);
    }

    public long[] shape(String tensor) {
        return reader.info(tensor).shape();
    }

    /** Of the file's metadata. */
    public String setting(String name) {
        String value = reader.metadata().get(name);
        if (value == null) {
            throw new UserError(path + " does not say its " + name + ": it is a student of another kind");
        }
        return value;
    }

    /** A setting that counts something. @throws UserError if it is missing, or no whole number from 0 on */
    public long count(String name) {
        return count(name, setting(name));
    }

    /** @throws UserError if the tensor is missing or of another shape, or a number of it is not finite */
    public void read(String tensor, Numbers into) {
        if (!Arrays.equals(shape(tensor), into.shape())) {
            throw new UserError(tensor + " of " + path + " has the shape " + Arrays.toString(shape(tensor))
                    + " where there should be " + Arrays.toString(into.shape()) + ": it belongs to another model");
        }
        forEachPiece(into, (from, count) -> {
            float[] piece = new float[count];
            reader.readFloats(tensor, from, count, FloatBuffer.wrap(piece));
            for (float value : piece) {
                if (!Float.isFinite(value)) {
                    throw new UserError(tensor + " in " + path + " holds " + value
                            + ": this student version is damaged; go on from an earlier one, or from the start");
                }
            }
            into.write(from, piece);
        });
    }

    @Override
    public void close() {
        reader.close();
    }
}

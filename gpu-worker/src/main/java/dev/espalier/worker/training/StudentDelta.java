package dev.espalier.worker.training;

import static dev.espalier.protocol.safetensors.StudentTensors.DELTA_OF;
import static dev.espalier.protocol.safetensors.StudentTensors.FIRST;
import static dev.espalier.protocol.safetensors.StudentTensors.SECOND;

import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.protocol.safetensors.HalfPrecision;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.protocol.safetensors.SafetensorsWriter;
import dev.espalier.worker.training.TrainableGroup.Trainable;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a slice changed of a student, and its optimizers' moments, in half the bytes of a {@link StudentFile}: tensors of the
 * device are rounded to bfloat16, numbers in Java (gates, multipliers) are not. A change is rounded, not a weight: the
 * version that it is added to keeps all bits of it. Moments are rounded up or down by chance, of which the mean is the
 * moment: one that changes by a thousandth of itself in a step would stand still if it went to the nearest. Written a piece
 * of a tensor at a time.
 */
final class StudentDelta {
    private final Trainables student;
    private final SafetensorsReader base;
    private final SafetensorsWriter writer;

    private StudentDelta(Trainables student, SafetensorsReader base, SafetensorsWriter writer) {
        this.student = student;
        this.base = base;
        this.writer = writer;
    }

    /**
     * Writes the change, and rounds the moments of the student itself as the file has them: whoever goes on from the file
     * takes the same steps as who goes on from the student.
     *
     * @param base the version that the slice started from
     * @param sha256 of the base
     */
    static void write(Path file, Trainables student, Path base, String sha256) {
        Map<String, String> metadata = StudentFile.metadata(student);
        metadata.put(DELTA_OF, sha256);
        List<Trainable> trainables = student.groups().stream()
                .flatMap(group -> group.trainables().stream())
                .sorted(Comparator.comparing(StudentDelta::isRounded))
                .toList();
        Map<String, long[]> shapes = new LinkedHashMap<>();
        for (Trainable trainable : trainables) {
            for (String name : names(trainable)) {
                shapes.put(name, trainable.value().shape());
            }
        }
        Set<String> rounded = trainables.stream()
                .filter(StudentDelta::isRounded)
                .flatMap(trainable -> names(trainable).stream())
                .collect(Collectors.toSet());
        try (SafetensorsReader started = SafetensorsReader.open(base);
                SafetensorsWriter writer = SafetensorsWriter.createFile(
                        file, shapes, name -> rounded.contains(name) ? Dtype.BF16 : Dtype.F32, metadata)) {
            new StudentDelta(student, started, writer).write();
            writer.finish();
        }
    }

    private static boolean isRounded(Trainable trainable) {
        return trainable.value() instanceof Numbers.OnDevice;
    }

    private static List<String> names(Trainable trainable) {
        return List.of(trainable.name(), trainable.name() + FIRST, trainable.name() + SECOND);
    }

    private void write() {
        for (TrainableGroup group : student.groups()) {
            for (Trainable trainable : group.trainables()) {
                change(trainable);
                moment(trainable.name() + FIRST, trainable.first(), isRounded(trainable), group.steps());
                moment(trainable.name() + SECOND, trainable.second(), isRounded(trainable), group.steps());
            }
        }
    }

    private void change(Trainable trainable) {
        StudentFile.forEachPiece(trainable.value(), (from, count) -> {
            float[] piece = StudentFile.finite(trainable.name(), trainable.value(), from, count);
            float[] started = new float[count];
            base.readFloats(trainable.name(), from, count, FloatBuffer.wrap(started));
            for (int i = 0; i < count; i++) {
                piece[i] -= started[i];
            }
            writer.append(trainable.name(), FloatBuffer.wrap(piece));
        });
    }

    private void moment(String name, Numbers numbers, boolean rounded, long steps) {
        long seed = 31 * steps + name.hashCode();
        StudentFile.forEachPiece(numbers, (from, count) -> {
            float[] piece = StudentFile.finite(name, numbers, from, count);
            if (rounded) {
                for (int i = 0; i < count; i++) {
                    piece[i] = HalfPrecision.dithered(piece[i], noise(seed, from + i));
                }
                numbers.write(from, piece);
            }
            writer.append(name, FloatBuffer.wrap(piece));
        });
    }

    /** The number at a place of the SplitMix64 sequence of a seed: a function of both alone. */
    private static int noise(long seed, long place) {
        long z = (seed ^ (seed << 32)) + (place + 1) * 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        return (int) (z >>> 40);
    }
}

package dev.espalier.worker.training;

import static dev.espalier.protocol.safetensors.StudentTensors.FIRST;
import static dev.espalier.protocol.safetensors.StudentTensors.SECOND;
import static dev.espalier.protocol.safetensors.StudentTensors.STEPS;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.protocol.safetensors.SafetensorsWriter;
import dev.espalier.worker.masks.Adam;
import dev.espalier.worker.masks.Lagrangian;
import dev.espalier.worker.masks.MaskLogits;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.torch.Torch;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A student version on disk: one safetensors file in float32, exact to the bit, with the optimizers' moments, so that
 * training goes on from it as if it had never stopped. No pickles.
 */
public final class StudentFile {
    private static final String LORA = "lora";
    private static final String MASKS = "masks";
    private static final String LAGRANGIAN = "lagrangian";

    private StudentFile() {}

    /** Writes the student's current state. */
    public static void write(Path file, Student student) {
        // Read one by one while they are written: all of them may be more than the Java heap holds.
        Map<String, Supplier<float[]>> values = new LinkedHashMap<>();
        Map<String, long[]> shapes = new LinkedHashMap<>();
        int at = 0;
        for (Map.Entry<String, NDArray> factor :
                LoraFactors.named(student.lora()).entrySet()) {
            NDArray first = student.optimizer().first().get(at);
            NDArray second = student.optimizer().second().get(at);
            long[] shape = factor.getValue().getShape().getShape();
            put(values, shapes, factor.getKey(), factor.getValue()::toFloatArray, shape);
            put(values, shapes, factor.getKey() + FIRST, first::toFloatArray, shape);
            put(values, shapes, factor.getKey() + SECOND, second::toFloatArray, shape);
            at++;
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("espalier.student", "1");
        metadata.put(
                LORA + STEPS, Integer.toString(at == 0 ? 0 : student.optimizer().steps()));
        student.masks().ifPresent(masks -> {
            putAdam(values, shapes, metadata, MASKS, masks.values(), masks.adam());
            metadata.put("masks.rows", masks.shape().lengths());
        });
        Lagrangian lagrangian = student.lagrangian();
        putAdam(values, shapes, metadata, LAGRANGIAN, lagrangian.multipliers(), lagrangian.adam());
        try (SafetensorsWriter writer = SafetensorsWriter.createFile(file, shapes, metadata)) {
            values.forEach((name, content) -> writer.add(name, requireFinite(name, content.get())));
            writer.finish();
        }
    }

    /** A version that is no model would be merged into the others' work. */
    private static float[] requireFinite(String name, float[] values) {
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new IllegalStateException("the student's " + name + " holds " + value
                        + " after this slice, so training has diverged: lower prune.learning-rate or"
                        + " recover.learning-rate");
            }
        }
        return values;
    }

    private static float[] floats(SafetensorsReader reader, String name) {
        float[] values = reader.floats(name);
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new UserError(name + " in " + reader.info(name).file() + " holds " + value
                        + ": this student version is damaged; retry the stage from an earlier one");
            }
        }
        return values;
    }

    private static void put(
            Map<String, Supplier<float[]>> values,
            Map<String, long[]> shapes,
            String name,
            Supplier<float[]> content,
            long... shape) {
        values.put(name, content);
        shapes.put(name, shape);
    }

    private static void putAdam(
            Map<String, Supplier<float[]>> values,
            Map<String, long[]> shapes,
            Map<String, String> metadata,
            String name,
            float[] content,
            Adam adam) {
        put(values, shapes, name, () -> content, content.length);
        put(values, shapes, name + FIRST, adam::first, content.length);
        put(values, shapes, name + SECOND, adam::second, content.length);
        metadata.put(name + STEPS, Long.toString(adam.steps()));
    }

    /** A student as it was written, ready to train on {@code model}. */
    public static Student read(Path file, Decoder model, double scale) {
        return read(file, file, model, scale);
    }

    /**
     * A student whose trainables and whose optimizer moments come from two versions.
     *
     * @param moments a version that a worker wrote; a blend of several has none
     */
    public static Student read(Path file, Path moments, Decoder model, double scale) {
        Torch torch = model.torch();
        NDManager owner = torch.scope();
        try (SafetensorsReader reader = open(file);
                SafetensorsReader memory = open(moments)) {
            if (!memory.metadata().containsKey(LORA + STEPS)) {
                throw new UserError(moments + " holds no optimizer moments: it is no version that a worker wrote");
            }
            NDList lora = factors(reader, torch, owner, model);
            Optional<MaskLogits> masks = Optional.ofNullable(reader.metadata().get("masks.rows"))
                    .map(rows -> new MaskLogits(MaskSet.ofLengths(rows), floats(reader, MASKS), adam(memory, MASKS)));
            Lagrangian lagrangian = new Lagrangian(floats(reader, LAGRANGIAN), adam(memory, LAGRANGIAN));
            Student student = new Student(model, owner, lora, scale, masks, lagrangian);
            int at = 0;
            for (String name : LoraFactors.named(lora).keySet()) {
                Student.copy(torch, student.optimizer().first().get(at), floats(memory, name + FIRST));
                Student.copy(torch, student.optimizer().second().get(at), floats(memory, name + SECOND));
                at++;
            }
            if (at > 0) {
                student.optimizer()
                        .restoreSteps(Integer.parseInt(memory.metadata().get(LORA + STEPS)));
            }
            return student;
        } catch (RuntimeException e) {
            owner.close();
            throw e;
        }
    }

    /** Lets a student go on from another version, with the optimizer moments that it has. */
    public static void readTrainables(Path file, Student student) {
        try (SafetensorsReader reader = open(file)) {
            LoraFactors.named(student.lora())
                    .forEach((name, factor) -> Student.copy(student.optimizer().torch(), factor, floats(reader, name)));
            student.masks().ifPresent(masks -> fill(masks.values(), floats(reader, MASKS)));
            fill(student.lagrangian().multipliers(), floats(reader, LAGRANGIAN));
        }
    }

    private static void fill(float[] target, float[] values) {
        if (target.length != values.length) {
            throw new UserError("a student version has " + values.length + " numbers where there should be "
                    + target.length + ": it belongs to another model");
        }
        System.arraycopy(values, 0, target, 0, target.length);
    }

    private static SafetensorsReader open(Path file) {
        SafetensorsReader reader = SafetensorsReader.open(file);
        if (!"1".equals(reader.metadata().get("espalier.student"))) {
            reader.close();
            throw new UserError(file + " is not a student version of this Espalier");
        }
        return reader;
    }

    /** Only the factors of a student version, as a teacher needs them. */
    public static NDList factors(SafetensorsReader reader, Torch torch, NDManager owner, Decoder model) {
        NDList lora = new NDList();
        int count = LoraFactors.count(model);
        for (int i = 0; i < count; i++) {
            String name = LoraFactors.name(i);
            lora.add(
                    reader.names().contains(name)
                            ? torch.floats(
                                    owner,
                                    floats(reader, name),
                                    reader.info(name).shape())
                            : torch.empty(owner));
        }
        return lora;
    }

    /** Only the mask logits of a student version. */
    public static MaskSet logits(SafetensorsReader reader) {
        float[] values = floats(reader, MASKS);
        return new MaskLogits(MaskSet.ofLengths(reader.metadata().get("masks.rows")), values, new Adam(values.length))
                .set();
    }

    private static Adam adam(SafetensorsReader reader, String name) {
        long steps = Long.parseLong(reader.metadata().get(name + STEPS));
        return new Adam(floats(reader, name + FIRST), floats(reader, name + SECOND), steps);
    }
}

package dev.espalier.protocol.safetensors;

/**
 * The names in a student file, which workers write and the coordinator merges: trainables under their own names
 * ({@code lora.LAYER.PROJECTION.a}, {@code masks}, {@code lagrangian}), each followed by its optimizer's moments, and
 * the optimizers' step counts in the metadata. A version that several students made has no moments and no step counts.
 */
public final class StudentTensors {
    /** Suffix of the first moments. */
    public static final String FIRST = ".first";

    /** Suffix of the second moments. */
    public static final String SECOND = ".second";

    /** Suffix of the step counts in the metadata. */
    public static final String STEPS = ".steps";

    /**
     * In the metadata of a file whose trainables are what training changed: the SHA-256 of the version that it started
     * from. The moments beside them are rounded, and are themselves.
     */
    public static final String DELTA_OF = "espalier.delta-of";

    private StudentTensors() {}

    /** Whether the tensor is what training changes, rather than an optimizer's memory of it. */
    public static boolean isTrainable(String tensor) {
        return !tensor.endsWith(FIRST) && !tensor.endsWith(SECOND);
    }

    public static boolean isStepCount(String metadata) {
        return metadata.endsWith(STEPS);
    }

    /** Whether the metadata is something that all versions of a student share. */
    public static boolean isSetting(String metadata) {
        return !isStepCount(metadata) && !metadata.equals(DELTA_OF);
    }
}

package dev.espalier.protocol;

import java.util.List;

/** Where things are in a run folder: paths relative to it, with slashes. */
public final class RunLayout {
    /** The resolved configuration: by it a folder is known as a run's. */
    public static final String CONFIG = "run.conf";

    public static final String MANIFEST = "manifest.json";
    public static final String METRICS = "metrics.jsonl";

    /** Everything that stages leave, but what users take away. */
    public static final String STAGES = "stages";

    /** What users take away. */
    public static final String EXPORT = "export/hf";

    /** What models are exported as, each in a folder of that name. */
    public static final List<String> EXPORT_FORMATS = List.of("hf", "hf-padded", "nemotron-nas", "gguf");

    private static final String KEPT = "kept.json";

    private RunLayout() {}

    /** What the export stage makes of {@link #EXPORT} in another format. */
    public static String export(String format) {
        return "export/" + format;
    }

    /** What a stage leaves besides blobs. */
    public static String of(Stage stage) {
        return STAGES + "/" + stage.word();
    }

    /** The physically smaller model that a prune stage leaves. */
    public static String model(Stage stage) {
        return of(stage) + "/model";
    }

    /** What a later round's prune stage starts from: the model that the round before left, in the intact one's places. */
    public static String base(Stage stage) {
        return of(stage) + "/base";
    }

    /** Which units of the intact model are left in a later round's {@link #base}. */
    public static String keptBefore(String base) {
        return base + "/" + KEPT;
    }

    /** Beside a prune stage's model. */
    public static String keptBeside(String model) {
        return model.substring(0, model.lastIndexOf('/') + 1) + KEPT;
    }

    /** Which units of which layer a prune stage kept. */
    public static String kept(Stage stage) {
        return of(stage) + "/" + KEPT;
    }
}

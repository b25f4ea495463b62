package dev.espalier.protocol;

/** Where things are in a run folder: paths relative to it, with slashes. */
public final class RunLayout {
    public static final String MANIFEST = "manifest.json";
    public static final String METRICS = "metrics.jsonl";

    /** What users take away. */
    public static final String EXPORT = "export/hf";

    private RunLayout() {}

    /** What a stage leaves besides blobs. */
    public static String of(Stage stage) {
        return "stages/" + stage.word();
    }

    /** The physically smaller model that a prune stage leaves. */
    public static String model(Stage stage) {
        return of(stage) + "/model";
    }

    /** Which units of which layer a prune stage kept. */
    public static String kept(Stage stage) {
        return of(stage) + "/kept.json";
    }
}

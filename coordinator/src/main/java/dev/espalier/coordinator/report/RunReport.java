package dev.espalier.coordinator.report;

import dev.espalier.coordinator.folder.MetricsLog;
import dev.espalier.coordinator.folder.StepLine;
import dev.espalier.coordinator.report.ReportData.Row;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.protocol.files.AtomicFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a run folder tells about its run, finished or not: filled from {@code run.conf}, {@code manifest.json},
 * {@code metrics.jsonl} and the {@code kept.json} of each round. Whatever is not there yet is left out.
 *
 * @param card what the exported model's card says; empty before there is an exported model, or if the dense one is
 *     gone
 */
public record RunReport(ReportData data, Optional<ModelCardData> card) {
    /** Relative to a run folder. */
    public static final String REPORT = "report.html";

    /** Relative to a run folder. */
    public static final String EXPORT = RunLayout.EXPORT;

    private static final String CARD = "README.md";

    /**
     * Reads a run folder.
     *
     * @param comparisons folders of other runs, whose last measured models are added as rows to compare with
     * @throws IOException if a file that is there cannot be read or is malformed
     * @throws dev.espalier.protocol.UserError if {@code run.conf} is malformed
     */
    public static RunReport read(Path directory, List<Path> comparisons) throws IOException {
        String text = Files.readString(directory.resolve(RunLayout.CONFIG));
        RunConfig config = RunConfigReader.parse(text);
        ManifestFile manifest = ManifestFile.read(directory);
        List<Row> rows = new ArrayList<>(manifest.rows());
        for (Path other : comparisons) {
            comparison(other).ifPresent(rows::add);
        }
        Optional<ModelDescription> before = ModelDescription.read(config.model().path());
        ReportData data = new ReportData(
                config.name(),
                config.prune().method(),
                text,
                manifest.parameters(config.prune().sparsity()),
                manifest.stages(),
                steps(directory),
                KeptFile.read(directory, before.map(ModelDescription::shape)),
                rows,
                manifest.tables());
        // One that an earlier try left there is none of this run's.
        Optional<ModelDescription> after =
                data.exported() ? ModelDescription.read(directory.resolve(EXPORT)) : Optional.empty();
        return new RunReport(data, before.flatMap(dense -> after.map(small -> card(data, config, dense, small))));
    }

    /** Writes {@code report.html}, and the model card if there is an exported model. */
    public void write(Path directory) throws IOException {
        ReportPage.write(directory.resolve(REPORT), data);
        if (card.isPresent()) {
            AtomicFiles.write(
                    directory.resolve(EXPORT).resolve(CARD),
                    ModelCard.text(card.get()).getBytes(StandardCharsets.UTF_8));
        }
    }

    private static Optional<Row> comparison(Path directory) throws IOException {
        RunConfig config = RunConfigReader.parse(Files.readString(directory.resolve(RunLayout.CONFIG)));
        List<Row> rows = ManifestFile.read(directory).rows();
        if (rows.size() < 2) {
            return Optional.empty();
        }
        Row last = rows.get(rows.size() - 1);
        String label = config.name() + ", " + last.label();
        return Optional.of(new Row(
                label,
                true,
                last.perplexity(),
                last.choices(),
                last.prefill(),
                last.decode(),
                last.parameters(),
                last.seconds(),
                List.of()));
    }

    private static ModelCardData card(
            ReportData data, RunConfig config, ModelDescription before, ModelDescription after) {
        List<String> texts = config.data().train().stream()
                .map(source -> Path.of(source.path()).getFileName() + ", domain " + source.domain())
                .toList();
        return new ModelCardData(
                data,
                before.name(),
                before.license(),
                before.shape(),
                after.shape(),
                texts,
                config.seed(),
                Settings.of(config, data.steps()),
                after.loaders());
    }

    private static List<StepMetrics> steps(Path directory) throws IOException {
        Path file = directory.resolve(RunLayout.METRICS);
        if (!Files.isRegularFile(file)) {
            return List.of();
        }
        Map<Stage, List<StepMetrics>> stages = new LinkedHashMap<>();
        for (StepLine line : MetricsLog.read(file)) {
            stages.computeIfAbsent(line.step().stage(), stage -> new ArrayList<>())
                    .add(line.step());
        }
        return stages.values().stream()
                .flatMap(told -> StepOrder.of(told).stream())
                .toList();
    }
}

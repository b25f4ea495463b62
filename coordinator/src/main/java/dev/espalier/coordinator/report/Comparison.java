package dev.espalier.coordinator.report;

import dev.espalier.coordinator.report.ReportData.Row;
import dev.espalier.protocol.safetensors.Dtype;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Runs of one configuration that differ in method and target, side by side.
 *
 * @param config resolved configuration of the first run
 * @param dtype of the weights that they export
 * @param runs in the order in which they are done
 */
public record Comparison(String name, String config, Dtype dtype, List<ComparedRun> runs) {
    static final String PRUNED = "pruned";
    static final String RECOVERED = "recovered";

    /**
     * Models that can be held against each other.
     *
     * @param target share of the prunable parameters, 0..1
     * @param state pruned or recovered
     * @param rows their labels are the methods
     */
    record Group(double target, String state, List<Row> rows) {
        String percent() {
            return ComparedRun.percent(target);
        }
    }

    Optional<Row> dense() {
        return runs.stream().flatMap(run -> run.dense().stream()).findFirst();
    }

    /** In the order of the runs, each once. */
    List<Double> targets() {
        return runs.stream().map(ComparedRun::target).distinct().toList();
    }

    List<String> methods() {
        return runs.stream().map(ComparedRun::method).distinct().toList();
    }

    /** Of each target what was pruned, then what was recovered; those without rows are left out. */
    List<Group> groups() {
        List<Group> groups = new ArrayList<>();
        for (double target : targets()) {
            groups.add(new Group(target, PRUNED, rows(target, PRUNED)));
            groups.add(new Group(target, RECOVERED, rows(target, RECOVERED)));
        }
        groups.removeIf(group -> group.rows().isEmpty());
        return groups;
    }

    private List<Row> rows(double target, String state) {
        return runs.stream()
                .filter(run -> run.target() == target)
                .flatMap(run -> (state.equals(PRUNED) ? run.pruned() : run.recovered()).stream())
                .toList();
    }
}

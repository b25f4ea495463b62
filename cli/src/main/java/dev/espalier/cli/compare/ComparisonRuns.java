package dev.espalier.cli.compare;

import dev.espalier.cli.DiskFull;
import dev.espalier.cli.LocalExecution;
import dev.espalier.cli.LoggedException;
import dev.espalier.cli.PagePort;
import dev.espalier.cli.Preflight;
import dev.espalier.cli.RunMonitoring;
import dev.espalier.cli.RunPlan;
import dev.espalier.cli.progress.Bar;
import dev.espalier.cli.progress.ByteSize;
import dev.espalier.coordinator.listener.RunOutcome;
import dev.espalier.coordinator.report.ComparedRun;
import dev.espalier.coordinator.report.Comparison;
import dev.espalier.coordinator.report.ComparisonReport;
import dev.espalier.coordinator.stage.Evaluate;
import dev.espalier.coordinator.state.RunPhase;
import dev.espalier.methods.Methods;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.worker.work.Repertoire;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/** The runs of a comparison, one after another. The report is written anew after each, so that a kill leaves one. */
final class ComparisonRuns {
    private final Grid grid;
    private final PrintWriter err;
    private final Repertoire work;
    private final Set<Combination> finished = new HashSet<>();

    /** Why runs stand whose manifests do not know. */
    private final Map<Combination, String> causes = new HashMap<>();

    private ComparisonRuns(Grid grid, PrintWriter err) {
        this.grid = grid;
        this.err = err;
        work = Methods.work().replacing(Stage.EVALUATE.kind(), Evaluate.BEFORE, new DenseOnce(grid.folder())::opener);
    }

    /**
     * Judges the input of all runs that have not completed; changes nothing.
     *
     * @param err hears of progress
     * @throws UserError that tells everything that is wrong with any of them
     */
    static ComparisonRuns checked(Grid grid, PrintWriter err) throws IOException {
        ComparisonRuns runs = new ComparisonRuns(grid, err);
        Problems problems = new Problems();
        List<RunPlan> fresh = new ArrayList<>();
        for (Combination one : grid.combinations()) {
            Standing standing = Standing.of(one);
            if (standing.finished()) {
                runs.finished.add(one);
            } else if (standing.refusal().isPresent()) {
                problems.add(one.name(), standing.refusal().get());
            } else {
                Preflight.Judgement judgement = Preflight.judge(one.run());
                judgement.problems().forEach(problem -> problems.add(one.name(), problem));
                judgement.plan().ifPresent(fresh::add);
            }
        }
        problems.throwIfAny(grid.combinations().size());
        runs.tellDisk(fresh);
        return runs;
    }

    /** Each fits by itself; what all of them will take is known generously only, and nothing to refuse them for. */
    private void tellDisk(List<RunPlan> fresh) throws IOException {
        long needed = fresh.stream().mapToLong(RunPlan::bytesNeeded).sum();
        if (!fresh.isEmpty() && needed > fresh.get(0).bytesFree()) {
            err.println("note: the runs may take " + ByteSize.of(needed) + " together, and "
                    + ByteSize.of(fresh.get(0).bytesFree())
                    + " are free: if the disk fills, free some and give the same"
                    + " command again");
        }
    }

    /**
     * Does what is not done yet.
     *
     * @return the report, which is written already
     * @throws UserError if the disk is full
     */
    ComparisonReport execute(PagePort port) throws IOException, InterruptedException {
        ComparisonReport report = written();
        List<Combination> all = grid.combinations();
        try (RunMonitoring monitoring = RunMonitoring.start(Optional.empty(), err)) {
            for (int i = 0; i < all.size(); i++) {
                Combination one = all.get(i);
                String place = "run " + (i + 1) + " of " + all.size() + ": " + one.name();
                if (finished.contains(one)) {
                    err.println(place + " is done already");
                } else {
                    err.println(place + left(all.subList(i, all.size()), report));
                    execute(one, port, monitoring);
                    report = written();
                }
            }
        }
        return report;
    }

    private void execute(Combination one, PagePort port, RunMonitoring monitoring)
            throws IOException, InterruptedException {
        try {
            LocalExecution execution = LocalExecution.of(one.run(), work, Optional.empty(), port, monitoring, err);
            RunOutcome outcome = execution.outcome();
            if (execution.diskFull()) {
                throw new UserError(DiskFull.MESSAGE);
            }
            if (outcome.phase() == RunPhase.CANCELLED) {
                stands(one, "was cancelled: 'espalier rm " + one.folder() + "' removes it");
            } else if (outcome.phase() != RunPhase.COMPLETED) {
                err.println(one.name() + " failed: " + outcome.cause() + " (the log is " + execution.log() + ")");
            }
        } catch (LoggedException e) {
            stands(one, "broke off: " + e.getMessage() + " (details are in " + e.log() + ")");
        } catch (UserError e) {
            if (e.getMessage().equals(DiskFull.MESSAGE)) {
                throw e;
            }
            stands(one, e.getMessage());
        }
    }

    private void stands(Combination one, String cause) {
        causes.put(one, cause);
        err.println(one.name() + ": " + cause);
    }

    /** What is left, told only once something is known. */
    private String left(List<Combination> rest, ComparisonReport report) {
        TimeLeft time = new TimeLeft();
        for (ComparedRun run : report.comparison().runs()) {
            run.seconds().ifPresent(seconds -> time.took(run.method(), seconds));
        }
        OptionalDouble left = time.of(rest.stream()
                .filter(one -> !finished.contains(one))
                .map(Combination::method)
                .toList());
        return left.isPresent() ? ", about " + Bar.duration(left.getAsDouble()) + " left in all" : "";
    }

    private ComparisonReport written() throws IOException {
        List<ComparedRun> runs = new ArrayList<>();
        for (Combination one : grid.combinations()) {
            runs.add(one.read(Optional.ofNullable(causes.get(one))));
        }
        Combination first = grid.combinations().get(0);
        Dtype dtype = Dtype.valueOf(first.run().config().export().dtype().toUpperCase(Locale.ROOT));
        ComparisonReport report =
                new ComparisonReport(new Comparison(grid.name(), first.run().text(), dtype, runs));
        report.write(grid.folder());
        return report;
    }
}

package dev.espalier.cli;

import dev.espalier.cli.progress.Console;
import dev.espalier.cli.progress.RunProgress;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.listener.RunMetrics;
import dev.espalier.coordinator.listener.RunOutcome;
import dev.espalier.coordinator.local.LocalRun;
import dev.espalier.coordinator.report.RunReport;
import dev.espalier.coordinator.stage.StagePlan;
import dev.espalier.coordinator.state.RunPhase;
import dev.espalier.methods.Methods;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.worker.actor.WorkerActor;
import dev.espalier.worker.export.CompanionFiles;
import dev.espalier.worker.work.Repertoire;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A run that was executed in this process, as far as it went.
 *
 * @param report is written to the run folder already, also if the run failed
 * @param log the run's log
 */
public record LocalExecution(RunOutcome outcome, RunReport report, Path log) {
    private static final String DISPATCHER = "pekko.actor.default-dispatcher";
    private static final String GOES_ON = "the same command again goes on from here";

    /** Whether the run stands because nothing more can be written: then no other can do better. */
    public boolean diskFull() {
        return outcome.phase() == RunPhase.FAILED && (DiskFull.tells(outcome.cause()) || DiskFull.at(log.getParent()));
    }

    /**
     * Judges the input, executes the run or goes on with it, and writes its report and model card.
     *
     * @param work what is done in the run's legs
     * @param again the stage to do again, with those after it
     * @param port where the run's page is served meanwhile
     * @param monitoring takes what the run and this process measure of themselves
     * @param err hears of progress
     * @throws UserError if the input is wrong; then nothing was started
     * @throws LoggedException if something failed that is nobody's input; the run can be executed again
     */
    public static LocalExecution of(
            ResolvedRun run,
            Repertoire work,
            Optional<Stage> again,
            PagePort port,
            RunMonitoring monitoring,
            PrintWriter err)
            throws IOException, InterruptedException {
        List<String> notes = new ArrayList<>();
        RunPlan found = Preflight.check(run, notes::add);
        if (run.config().stages().contains(Stage.PRUNE)) {
            err.println(found.target());
        }
        notes.forEach(err::println);
        RunFolders.claim(run);
        if (run.config().stages().contains(Stage.EXPORT)) {
            CompanionFiles.leftOut(run.config().model().path()).forEach(err::println);
        }
        Interruption interruption = Interruption.announce(err, GOES_ON);
        try (interruption;
                RunLog log = RunLog.open(run)) {
            try {
                Console console = Console.of(err);
                StagePlan plan = new StagePlan(run.config(), Methods.stages());
                RunOutcome outcome = LocalRun.execute(
                        run,
                        Methods.stages(),
                        again,
                        WorkerActor.create(WorkerActor.Settings.local(work), monitoring.meters()),
                        DISPATCHER,
                        RunListener.both(
                                new RunMetrics(monitoring.meters(), plan, InstantSource.system()),
                                new RunProgress(console, plan)),
                        monitoring.beside(port.companion(run, console)));
                RunReport report = RunReport.read(run.directory(), List.of());
                report.write(run.directory());
                return new LocalExecution(outcome, report, log.path());
            } catch (UserError e) {
                throw e;
            } catch (IOException | RuntimeException e) {
                if (DiskFull.causes(e) || DiskFull.at(run.directory())) {
                    throw new UserError(DiskFull.MESSAGE, e);
                }
                throw log.logged(e);
            }
        }
    }
}

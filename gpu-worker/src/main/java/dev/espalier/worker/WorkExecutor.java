package dev.espalier.worker;

import dev.espalier.monitoring.meters.Meters;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.worker.calibration.Metrics;
import dev.espalier.worker.metrics.Magnitude;
import dev.espalier.worker.metrics.Obs;
import dev.espalier.worker.metrics.WandaSp;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.transfer.RunFiles;
import dev.espalier.worker.transfer.SharedRunFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Does assignments, one after the other, on the thread that owns the device. Keeps the model of the last run open, so
 * that the next assignment of that run starts at once.
 */
public final class WorkExecutor implements AutoCloseable {
    /** For run folders that this process sees. */
    static final RunFiles.Opener SHARED = assignment -> new SharedRunFiles(Path.of(assignment.directory()));

    private static final Metrics METRICS = new Metrics(List.of(new Obs(), new Magnitude(), new WandaSp()));

    private final RunFiles.Opener opener;
    private final Instruments instruments;
    private Torch torch;
    private String device;
    private Origin origin;
    private RunSession session;
    private TrainWork training;

    /**
     * What an open session was opened for. After a fail-over the same run comes from another coordinator, and its files
     * are to be had from there alone.
     */
    private record Origin(String config, String directory, Optional<String> dataPlane) {
        static Origin of(Assignment assignment) {
            return new Origin(assignment.config(), assignment.directory(), assignment.dataPlane());
        }
    }

    /** For run folders that this process sees. */
    public WorkExecutor() {
        this(SHARED);
    }

    /** @param opener finds the files of each run */
    public WorkExecutor(RunFiles.Opener opener) {
        this(opener, Instruments.of(Meters.none()));
    }

    WorkExecutor(RunFiles.Opener opener, Instruments instruments) {
        this.opener = opener;
        this.instruments = instruments;
    }

    /**
     * Does the work.
     *
     * @throws dev.espalier.protocol.UserError if the input is wrong, so that another try cannot help
     * @throws Reporter.Cancelled if the reporter said so
     * @throws IOException if a file could not be written or read
     */
    public WorkResult execute(Assignment assignment, Reporter reporter) throws IOException {
        try {
            RunSession current = session(assignment);
            current.requireModel(assignment.model());
            current.files().fetch(assignment.inputs());
            WorkResult result = execute(assignment, current, reporter);
            current.files().deliver(result.artefacts());
            return result;
        } catch (UserError | OutOfMemoryError e) {
            // What was wrong may be repaired before the next try: nothing of it is kept.
            closeSession();
            throw e;
        }
    }

    /** Identity of the model that the last assignment was about. */
    public String model() throws IOException {
        return session.model();
    }

    private WorkResult execute(Assignment assignment, RunSession current, Reporter reporter) throws IOException {
        Work work = assignment.work();
        AssignmentKey key = assignment.key();
        if (work.kind() == Work.Kind.TRAIN) {
            return training.run(key, work, reporter);
        }
        training.release();
        if (work.kind() == Work.Kind.MEASURE) {
            return new EvaluateWork(current).run(key, work, reporter);
        }
        return switch (work.leg()) {
            case "scores" -> new CalibrateWork(current).run(key, reporter);
            case "shot" -> new OneShotWork(current).run(key, work, reporter);
            case "cut" -> new CompactWork(current).run(key, work, reporter);
            case "merge" -> new MergeWork(current).run(key, work, reporter);
            case "export" -> new ExportWork(current).run(key, work, reporter);
            default ->
                throw new UserError("this worker cannot do " + work.leg() + " of stage " + key.stage()
                        + ": use the same version on all nodes");
        };
    }

    private RunSession session(Assignment assignment) throws IOException {
        Origin wanted = Origin.of(assignment);
        if (session != null && wanted.equals(origin)) {
            return session;
        }
        closeSession();
        RunConfig config = RunConfigReader.parse(assignment.config());
        if (torch == null || !config.model().device().equals(device)) {
            closeTorch();
            torch = Torch.open(config.model().device());
            device = config.model().device();
        }
        origin = wanted;
        RunFiles files = new MeasuredRunFiles(opener.open(assignment), instruments.blobs());
        session = new RunSession(torch, config, files, instruments.device(), METRICS);
        training = new TrainWork(session);
        return session;
    }

    private void closeSession() throws IOException {
        if (session != null) {
            training.release();
            session.close();
            session = null;
        }
    }

    private void closeTorch() {
        if (torch != null) {
            torch.close();
            torch = null;
        }
    }

    @Override
    public void close() throws IOException {
        closeSession();
        closeTorch();
    }
}

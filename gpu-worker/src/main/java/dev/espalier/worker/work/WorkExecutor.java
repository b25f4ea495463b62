package dev.espalier.worker.work;

import dev.espalier.monitoring.meters.Meters;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.worker.torch.NativeHeap;
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
    public static final RunFiles.Opener SHARED = assignment -> new SharedRunFiles(Path.of(assignment.directory()));

    private final Repertoire repertoire;
    private final RunFiles.Opener opener;
    private final Instruments instruments;
    private Torch torch;
    private String device;
    private Read read;
    private Origin origin;
    private Bench bench;
    private LegWork leg;
    private Place place;

    /**
     * What an open bench was opened for. After a fail-over the same run comes from another coordinator, and its files
     * are to be had from there alone. A later round is one of another model and another target.
     */
    private record Origin(
            RunConfig config,
            String directory,
            Optional<String> dataPlane,
            Optional<String> base,
            List<Artefact> baseFiles) {}

    /** A configuration is read once, not for each of its slices. */
    private record Read(String text, RunConfig config) {}

    /**
     * Where in a run a leg's work stands: with the next work of the same leg over the same model it goes on.
     *
     * @param model folder of the smaller model that it reads
     * @param inputs what lies there and elsewhere: a stage that is done again leaves other files under the same names
     */
    private record Place(Stage stage, String leg, Optional<String> model, List<Artefact> inputs) {
        static Place of(Assignment assignment) {
            return new Place(
                    assignment.key().stage(),
                    assignment.work().part(),
                    assignment.work().reads().model(),
                    assignment.inputs());
        }
    }

    /** For run folders that this process sees. */
    public WorkExecutor(Repertoire repertoire) {
        this(repertoire, SHARED);
    }

    /** @param opener finds the files of each run */
    public WorkExecutor(Repertoire repertoire, RunFiles.Opener opener) {
        this(repertoire, opener, Instruments.of(Meters.none()));
    }

    public WorkExecutor(Repertoire repertoire, RunFiles.Opener opener, Instruments instruments) {
        this.repertoire = repertoire;
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
            Bench current = bench(assignment);
            current.requireModel(assignment.model());
            current.files().fetch(assignment.inputs());
            WorkResult result = leg(assignment, current).run(assignment, reporter);
            current.files().deliver(result.artefacts());
            return result;
        } catch (UserError | OutOfMemoryError e) {
            // What was wrong may be repaired before the next try: nothing of it is kept.
            closeBench();
            throw e;
        }
    }

    /** Identity of the model that the last assignment was about. */
    public String model() throws IOException {
        return bench.model();
    }

    private LegWork leg(Assignment assignment, Bench current) throws IOException {
        Place wanted = Place.of(assignment);
        if (leg == null || !wanted.equals(place)) {
            closeLeg();
            // The next leg's tensors are of other sizes: they would not all go where the last one's were.
            NativeHeap.giveBack();
            leg = repertoire.open(current, assignment);
            place = wanted;
        }
        return leg;
    }

    private Bench bench(Assignment assignment) throws IOException {
        RunConfig config = config(assignment);
        Optional<String> base = assignment.work().reads().base();
        Origin wanted = new Origin(
                config, assignment.directory(), assignment.dataPlane(), base, within(base, assignment.inputs()));
        // A run that has no model yet begins, or begins anew: with other files, maybe, where it found those before.
        boolean begins = assignment.model().isEmpty();
        if (bench != null && wanted.equals(origin) && !begins) {
            return bench;
        }
        closeBench();
        if (torch == null || !config.model().device().equals(device)) {
            closeTorch();
            torch = Torch.open(config.model().device(), repertoire.kernels());
            device = config.model().device();
        }
        origin = wanted;
        RunFiles files = new MeasuredRunFiles(opener.open(assignment), instruments.blobs());
        bench = new Bench(torch, config, base, files, instruments.device(), repertoire.metrics());
        return bench;
    }

    private static List<Artefact> within(Optional<String> folder, List<Artefact> files) {
        return files.stream()
                .filter(file -> folder.isPresent() && file.path().startsWith(folder.get() + "/"))
                .toList();
    }

    private RunConfig config(Assignment assignment) {
        if (read == null || !read.text().equals(assignment.config())) {
            read = new Read(assignment.config(), RunConfigReader.parse(assignment.config()));
        }
        return read.config().at(assignment.key().stage());
    }

    private void closeLeg() {
        if (leg != null) {
            leg.close();
            leg = null;
        }
    }

    private void closeBench() throws IOException {
        if (bench != null) {
            closeLeg();
            bench.close();
            bench = null;
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
        closeBench();
        closeTorch();
    }
}

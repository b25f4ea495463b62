package dev.espalier.worker.node;

import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.worker.transfer.BlobCache;
import dev.espalier.worker.transfer.BlobClient;
import dev.espalier.worker.transfer.RemoteRunFiles;
import dev.espalier.worker.transfer.RunFiles;
import dev.espalier.worker.transfer.SharedRunFiles;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The short cut through a run folder that both sides see and can write; blobs over HTTP for all others. */
final class NodeFiles implements RunFiles.Opener {
    /** The coordinator keeps a run's configuration there. */

    /** Where work leaves files, the run folder itself first. What is not there yet is made by who needs it. */
    private static final List<String> WRITTEN = List.of("", BlobFolder.NAME, RunLayout.STAGES, "export");

    private static final Logger LOG = LoggerFactory.getLogger(NodeFiles.class);

    private final WorkerHome home;
    private final boolean looks;
    private final BlobCache cache;
    private final Function<URI, BlobClient> clients;

    /**
     * @param looks whether to look for run folders at all
     * @param cacheBytes bound of the student versions kept on this machine
     * @param clients of a coordinator's data plane, by its address
     */
    NodeFiles(WorkerHome home, boolean looks, long cacheBytes, Function<URI, BlobClient> clients) throws IOException {
        this.home = home;
        this.looks = looks;
        this.clients = clients;
        home.clear();
        cache = new BlobCache(home.cache(), cacheBytes);
    }

    @Override
    public RunFiles open(Assignment assignment) throws IOException {
        if (assignment.dataPlane().isEmpty() || (looks && sees(assignment))) {
            return new SharedRunFiles(Path.of(assignment.directory()));
        }
        String run = assignment.key().run();
        BlobClient client = clients.apply(URI.create(assignment.dataPlane().get()));
        return new RemoteRunFiles(run, home.run(run), client, cache);
    }

    private static boolean sees(Assignment assignment) throws IOException {
        Path folder = Path.of(assignment.directory());
        return holdsConfiguration(folder, assignment.config()) && canBeWritten(folder);
    }

    /** A folder of the same name on another machine does not hold the same configuration. */
    private static boolean holdsConfiguration(Path folder, String text) throws IOException {
        Path config = folder.resolve(RunLayout.CONFIG);
        return Files.isRegularFile(config)
                && Files.isReadable(config)
                && Files.readString(config).equals(text);
    }

    /** One that is mounted read-only, or that belongs to another user, cannot take what the work leaves. */
    private static boolean canBeWritten(Path folder) {
        for (String part : WRITTEN) {
            Path directory = folder.resolve(part);
            if (Files.exists(directory) && !Files.isWritable(directory)) {
                LOG.info("{} is seen, but cannot be written from here: the run's files go over HTTP", directory);
                return false;
            }
        }
        return true;
    }
}

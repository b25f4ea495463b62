package dev.espalier.worker.node;

import dev.espalier.protocol.Assignment;
import dev.espalier.worker.transfer.BlobCache;
import dev.espalier.worker.transfer.BlobClient;
import dev.espalier.worker.transfer.RemoteRunFiles;
import dev.espalier.worker.transfer.RunFiles;
import dev.espalier.worker.transfer.SharedRunFiles;
import dev.espalier.worker.transfer.TransferSettings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The short cut through a run folder that both sides see; blobs over HTTP for all others. */
final class NodeFiles implements RunFiles.Opener {
    /** The coordinator keeps a run's configuration there. */
    private static final String CONFIG = "run.conf";

    private final WorkerHome home;
    private final BlobCache cache;
    private final HttpClient http;
    private final Optional<String> token;
    private final TransferSettings settings;
    private final boolean looks;

    /** @param looks whether to look for run folders at all */
    NodeFiles(WorkerHome home, boolean looks, HttpClient http, Optional<String> token, TransferSettings settings)
            throws IOException {
        this.home = home;
        this.looks = looks;
        this.http = http;
        this.token = token;
        this.settings = settings;
        home.clear();
        cache = new BlobCache(home.cache(), settings.cacheBytes());
    }

    @Override
    public RunFiles open(Assignment assignment) throws IOException {
        if (assignment.dataPlane().isEmpty() || (looks && sees(assignment))) {
            return new SharedRunFiles(Path.of(assignment.directory()));
        }
        String run = assignment.key().run();
        URI server = URI.create(assignment.dataPlane().get());
        return new RemoteRunFiles(run, home.run(run), new BlobClient(http, server, token, settings), cache);
    }

    /** A folder of the same name on another machine does not hold the same configuration. */
    private static boolean sees(Assignment assignment) throws IOException {
        Path config = Path.of(assignment.directory()).resolve(CONFIG);
        return Files.isRegularFile(config) && Files.readString(config).equals(assignment.config());
    }
}

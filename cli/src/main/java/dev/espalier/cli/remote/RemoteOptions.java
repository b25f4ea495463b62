package dev.espalier.cli.remote;

import dev.espalier.protocol.UserError;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which coordinator, and how to be let in. */
final class RemoteOptions {
    private static final String TOKEN = "ESPALIER_TOKEN";

    @Option(
            names = "--url",
            paramLabel = "URL",
            defaultValue = "http://127.0.0.1:7700",
            description = "The coordinator's address (${DEFAULT-VALUE}).")
    private String url;

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description = "The coordinator's token. Default: ESPALIER_TOKEN in the environment, which others cannot see"
                    + " in the list of processes.")
    private String token;

    /** @throws UserError if the address is none */
    Coordinator coordinator() {
        return new Coordinator(
                address(),
                Optional.ofNullable(token == null ? System.getenv(TOKEN) : token)
                        .map(String::strip)
                        .filter(given -> !given.isEmpty()));
    }

    private URI address() {
        try {
            URI address = new URI(url);
            boolean web = "http".equals(address.getScheme()) || "https".equals(address.getScheme());
            boolean bare = address.getPath() == null || address.getPath().matches("/?");
            if (web && address.getHost() != null && bare && address.getQuery() == null) {
                return new URI(address.getScheme(), null, address.getHost(), address.getPort(), null, null, null);
            }
            throw new UserError("--url " + url + ": must be such as http://127.0.0.1:7700");
        } catch (URISyntaxException e) {
            throw new UserError("--url " + url + " is no address: " + e.getReason(), e);
        }
    }
}

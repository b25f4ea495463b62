package dev.espalier.cli;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.node.Certificates;
import dev.espalier.protocol.node.NodeAddress;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code espalier certificates}: what TLS between nodes needs, made on first use. */
@Command(
        name = "certificates",
        description = {
            "Make the certificates that nodes show each other.",
            "FOLDER gets an authority (ca.pem and ca.key) and, signed by it, NAME.pem with NAME.key; what is there is"
                    + " kept. One certificate may serve all nodes."
        },
        mixinStandardHelpOptions = true)
final class CertificatesCommand implements Callable<Integer> {
    private static final int MOST_DAYS = 36_500;

    @Parameters(index = "0", paramLabel = "FOLDER", description = "Where the files are, or will be.")
    private Path folder;

    @Parameters(
            index = "1..*",
            paramLabel = "HOST",
            description = "Names or addresses by which others reach the nodes, besides localhost.")
    private List<String> hosts = new ArrayList<>();

    @Option(
            names = "--name",
            paramLabel = "NAME",
            defaultValue = "node",
            description = "Of the two files, if nodes shall have certificates of their own. Default: ${DEFAULT-VALUE}.")
    private String name;

    @Option(
            names = "--days",
            paramLabel = "N",
            defaultValue = "3650",
            description = "How long they are valid. Default: ${DEFAULT-VALUE}.")
    private int days;

    @Option(
            names = "--forget-authority",
            description = "Delete ca.key at the end: nobody, then, can make a further node.")
    private boolean forget;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        check();
        Certificates certificates = new Certificates(folder.toAbsolutePath().normalize(), days);
        boolean made = certificates.make(name, hosts);
        if (forget) {
            certificates.forgetAuthority();
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println((made ? "made " : "already there: ") + certificates.certificate(name)
                + ". Each node that it is for needs these three files, and is told where they are:");
        out.println("ESPALIER_TLS_CERTIFICATE=" + certificates.certificate(name));
        out.println("ESPALIER_TLS_KEY=" + certificates.key(name));
        out.println("ESPALIER_TLS_CA=" + certificates.authority());
        return ExitCode.DONE;
    }

    private void check() {
        for (String host : hosts) {
            if (!NodeAddress.isHost(host) || host.contains(":")) {
                throw new UserError("HOST: '" + host + "' is no host name and no IPv4 address");
            }
        }
        if (!name.matches("[a-z0-9][a-z0-9.-]{0,63}") || name.equals("ca")) {
            throw new UserError("--name: '" + name + "' must be small letters, digits, . and -, and not ca");
        }
        if (days < 1 || days > MOST_DAYS) {
            throw new UserError("--days: " + days + " must be from 1 to " + MOST_DAYS);
        }
    }
}

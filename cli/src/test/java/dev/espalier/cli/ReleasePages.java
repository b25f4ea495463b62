package dev.espalier.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.codegen.docgen.manpage.ManPageGenerator;

/**
 * Writes what a release has besides code, of the commands as they are: {@code completion/espalier} for bash and zsh, and
 * {@code asciidoc/}, of which the build makes manual pages. Part of the build (profile {@code release}), not of the product.
 */
public final class ReleasePages {
    private ReleasePages() {}

    /** @param arguments the folder to write to */
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        CommandLine espalier = Espalier.commandLine();
        Path completion = Files.createDirectories(folder.resolve("completion"));
        Files.writeString(completion.resolve("espalier"), completion(espalier));
        Path pages = Files.createDirectories(folder.resolve("asciidoc"));
        int code =
                ManPageGenerator.generateManPage(pages.toFile(), null, new boolean[0], true, espalier.getCommandSpec());
        if (code != 0) {
            throw new IOException("no manual pages were written: code " + code);
        }
    }

    static String completion(CommandLine espalier) {
        return AutoComplete.bash(espalier.getCommandName(), espalier);
    }
}

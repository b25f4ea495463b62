package dev.espalier.cli;

import dev.espalier.cli.progress.Console;
import dev.espalier.coordinator.http.LocalPage;
import dev.espalier.coordinator.local.LocalRun;
import dev.espalier.protocol.config.ResolvedRun;
import java.util.OptionalInt;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Where a local run serves its page; empty: nowhere. */
public record PagePort(OptionalInt port) {

    /** Reads what stands on the command line. */
    public static final class Converter implements ITypeConverter<PagePort> {
        @Override
        public PagePort convert(String text) {
            if (text.equals("none")) {
                return new PagePort(OptionalInt.empty());
            }
            int port = text.matches("[0-9]{1,5}") ? Integer.parseInt(text) : -1;
            if (port < 0 || port > 65_535) {
                throw new TypeConversionException("must be a number from 0 to 65535, or none, and not " + text);
            }
            return new PagePort(OptionalInt.of(port));
        }
    }

    LocalRun.Companion companion(ResolvedRun run, Console console) {
        return port.isPresent() ? new LocalPage(run, port.getAsInt(), console::say) : LocalRun.Companion.NONE;
    }
}

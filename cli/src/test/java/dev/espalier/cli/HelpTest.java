package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

class HelpTest {
    private static final Pattern ADDRESS = Pattern.compile("[a-z]+://[^\\s)\",;]+");

    @ParameterizedTest
    @ValueSource(ints = {80, 100})
    void everyHelpKeepsToTheWidthOfTheTerminalAndAddressesInOnePiece(int width) {
        CommandLine root = Espalier.commandLine().setUsageHelpWidth(width);
        List<CommandLine> commands = Stream.concat(Stream.of(root), root.getSubcommands().values().stream())
                .toList();
        assertThat(commands).hasSizeGreaterThan(20).allSatisfy(command -> {
            String help = command.getUsageMessage();
            String name = command.getCommandName();
            assertThat(help.lines().filter(line -> line.length() > width))
                    .as(name + " at " + width)
                    .isEmpty();
            assertThat(addresses(help)).as(name + " at " + width).isEqualTo(addresses(said(command.getCommandSpec())));
        });
        assertThat(said(root.getSubcommands().get("prune").getCommandSpec())).contains("http://");
    }

    /** All that the command's author wrote, each sentence on a line of its own. */
    private static String said(CommandSpec spec) {
        UsageMessageSpec usage = spec.usageMessage();
        return Stream.of(
                        Stream.of(usage.description(), usage.header(), usage.footer())
                                .flatMap(Arrays::stream),
                        Stream.concat(spec.options().stream(), spec.positionalParameters().stream())
                                .filter(option -> !option.hidden())
                                .flatMap(option -> Arrays.stream(option.description())
                                        .map(text -> text.replace(
                                                "${DEFAULT-VALUE}", String.valueOf(option.defaultValue())))))
                .flatMap(texts -> texts)
                .collect(Collectors.joining("\n"));
    }

    private static Set<String> addresses(String text) {
        return ADDRESS.matcher(text)
                .results()
                .map(found -> found.group())
                .collect(Collectors.toCollection(TreeSet::new));
    }
}

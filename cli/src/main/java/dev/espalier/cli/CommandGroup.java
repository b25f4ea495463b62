package dev.espalier.cli;

import dev.espalier.cli.compare.CompareCommand;
import dev.espalier.cli.demo.CorpusCommand;
import dev.espalier.cli.demo.DemoCommand;
import dev.espalier.cli.init.InitCommand;
import dev.espalier.cli.plan.MemoryTableCommand;
import dev.espalier.cli.plan.PlanCommand;
import dev.espalier.cli.remote.CancelCommand;
import dev.espalier.cli.remote.LsCommand;
import dev.espalier.cli.remote.PauseCommand;
import dev.espalier.cli.remote.ResumeCommand;
import dev.espalier.cli.remote.RetryCommand;
import dev.espalier.cli.remote.RmCommand;
import dev.espalier.cli.remote.SkipCommand;
import dev.espalier.cli.remote.StatusCommand;
import dev.espalier.cli.remote.SubmitCommand;
import dev.espalier.cli.remote.WatchCommand;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Column;
import picocli.CommandLine.Help.TextTable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** The commands as the help shows them, grouped by what they are about. */
record CommandGroup(String title, List<Class<? extends Callable<Integer>>> commands) {
    private static final int NAME_WIDTH = 14;
    private static final int INDENT = 2;

    /** All commands of {@code espalier}; one that is hidden is not shown, but can be called. */
    private static final List<CommandGroup> ALL = List.of(
            new CommandGroup(
                    "Models",
                    List.of(
                            EvaluateCommand.class,
                            GenerateCommand.class,
                            ExportCommand.class,
                            PretrainCommand.class,
                            BenchStepCommand.class,
                            BenchLimitsCommand.class,
                            BenchLogitsCommand.class,
                            MemoryTableCommand.class,
                            BenchBlobsCommand.class,
                            BenchMonitoringCommand.class)),
            new CommandGroup(
                    "Runs",
                    List.of(
                            InitCommand.class,
                            ValidateCommand.class,
                            PlanCommand.class,
                            PruneCommand.class,
                            CompareCommand.class,
                            RmCommand.class)),
            new CommandGroup(
                    "Runs on a coordinator",
                    List.of(
                            SubmitCommand.class,
                            LsCommand.class,
                            StatusCommand.class,
                            WatchCommand.class,
                            PauseCommand.class,
                            ResumeCommand.class,
                            RetryCommand.class,
                            SkipCommand.class,
                            CancelCommand.class)),
            new CommandGroup(
                    "Cluster",
                    List.of(
                            CoordinatorCommand.class,
                            WorkerCommand.class,
                            CertificatesCommand.class,
                            BenchClusterCommand.class,
                            BenchMergeCommand.class)),
            new CommandGroup("Demo", List.of(DemoCommand.class, CorpusCommand.class)));

    /** Adds all commands to the root, and shows them by group in its help. */
    static void addAll(CommandLine root) {
        ALL.stream().flatMap(group -> group.commands().stream()).forEach(root::addSubcommand);
        root.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING, help -> "");
        root.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, CommandGroup::render);
    }

    private static String render(Help help) {
        StringBuilder text = new StringBuilder();
        for (CommandGroup group : ALL) {
            List<CommandSpec> shown = group.specs(help)
                    .filter(spec -> !spec.usageMessage().hidden())
                    .toList();
            if (!shown.isEmpty()) {
                text.append(String.format("%n%s:%n", group.title()));
            }
            TextTable table = table(help);
            for (CommandSpec spec : shown) {
                table.addRowValues(spec.name(), spec.usageMessage().description()[0]);
            }
            table.toString(text);
        }
        return text.toString();
    }

    private static TextTable table(Help help) {
        int names = INDENT + NAME_WIDTH;
        TextTable table = TextTable.forColumns(
                help.colorScheme(),
                new Column(names, INDENT, Column.Overflow.SPAN),
                new Column(help.commandSpec().usageMessage().width() - names, 0, Column.Overflow.WRAP));
        table.indentWrappedLines = 0;
        return table;
    }

    private Stream<CommandSpec> specs(Help help) {
        return help.commandSpec().subcommands().values().stream()
                .map(CommandLine::getCommandSpec)
                .filter(spec -> commands.contains(spec.userObject().getClass()));
    }
}

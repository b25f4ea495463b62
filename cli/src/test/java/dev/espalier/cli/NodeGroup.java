package dev.espalier.cli;

import dev.espalier.coordinator.FreePort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Coordinators and workers as processes that know of each other. Nothing is started before it is asked for. */
final class NodeGroup implements AutoCloseable {
    private final Path folder;
    private final Path logs;
    private final List<String> set;
    private final List<Integer> ports = new ArrayList<>();
    private final List<Integer> httpPorts = new ArrayList<>();
    private final List<NodeProcessHandle> started = new ArrayList<>();

    /**
     * @param folder what the nodes keep
     * @param logs name of the folder under target/nodes/ for what they print
     * @param coordinators their number
     * @param set settings of all coordinators
     */
    NodeGroup(Path folder, String logs, int coordinators, List<String> set) throws IOException {
        this.folder = folder;
        this.logs = Files.createDirectories(Path.of("target/nodes").resolve(logs));
        for (int i = 0; i < coordinators; i++) {
            ports.add(FreePort.find());
            httpPorts.add(FreePort.find());
        }
        this.set = new ArrayList<>(set);
        this.set.add("data=" + folder.resolve("coordinators"));
        this.set.add("quorum=" + quorum());
        this.set.add("coordinators=\"" + addresses() + "\"");
    }

    private int quorum() {
        return ports.size() / 2 + 1;
    }

    private String addresses() {
        return ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
    }

    /** The same again is what whoever looks after the processes would do. */
    CoordinatorProcess coordinator(int index) throws IOException {
        Path log = logs.resolve("coordinator-" + index + "-" + started.size() + ".log");
        CoordinatorProcess coordinator = CoordinatorProcess.start(log, ports.get(index), httpPorts.get(index), set);
        started.add(coordinator.node());
        return coordinator;
    }

    List<CoordinatorProcess> coordinators() throws IOException {
        List<CoordinatorProcess> coordinators = new ArrayList<>();
        for (int i = 0; i < ports.size(); i++) {
            coordinators.add(coordinator(i));
        }
        return coordinators;
    }

    NodeProcessHandle worker(String name, String... set) throws IOException {
        List<Object> arguments = new ArrayList<>(List.of(
                "worker",
                "--set",
                "coordinators=\"" + addresses() + "\"",
                "--set",
                "quorum=" + quorum(),
                "--set",
                "name=" + name,
                "--set",
                "data=" + folder.resolve("workers")));
        for (String setting : set) {
            arguments.addAll(List.of("--set", setting));
        }
        NodeProcessHandle worker = NodeProcessHandle.start(logs.resolve(name + ".log"), arguments.toArray());
        started.add(worker);
        return worker;
    }

    @Override
    public void close() throws IOException {
        for (NodeProcessHandle node : started) {
            node.process().destroyForcibly().onExit().join();
        }
    }
}

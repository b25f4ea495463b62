package dev.espalier.protocol.node;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What a worker is told.
 *
 * @param name unique in the cluster, for people
 * @param http its measures, and what supervisors ask; the token is the one that coordinators' blobs need
 * @param data folder of what it keeps of runs whose folder it does not see; shared by the workers of a machine
 * @param seesRunFolders whether to look for a run's folder before blobs are fetched over HTTP
 * @param patience how long to look for a coordinator before the process ends
 */
public record WorkerConfig(
        NodeConfig node, String name, HttpConfig http, Path data, boolean seesRunFolders, Duration patience) {}

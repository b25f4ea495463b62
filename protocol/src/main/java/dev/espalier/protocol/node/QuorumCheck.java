package dev.espalier.protocol.node;

import com.typesafe.config.Config;
import java.util.List;
import org.apache.pekko.cluster.ConfigValidation;
import org.apache.pekko.cluster.JoinConfigCompatChecker;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** Lets nobody join who counts on another quorum than the cluster. Made by Pekko, from the configuration. */
public final class QuorumCheck extends JoinConfigCompatChecker {
    private static final List<String> KEYS = List.of("pekko.cluster.split-brain-resolver.static-quorum.quorum-size");

    @Override
    public Seq<String> requiredKeys() {
        return CollectionConverters.asScala(KEYS).toSeq();
    }

    @Override
    public ConfigValidation check(Config toCheck, Config actual) {
        return JoinConfigCompatChecker.fullMatch(requiredKeys(), toCheck, actual);
    }
}

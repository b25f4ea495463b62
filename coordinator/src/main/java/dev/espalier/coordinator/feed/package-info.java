/** What runs tell those who watch: news with numbers, kept for a while, so that a watcher that comes back misses none. */
package dev.espalier.coordinator.feed;

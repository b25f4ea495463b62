/** NutePrune's steps (Li et al. 2024, arXiv 2402.09773; docs/methods/nuteprune.md). */
package dev.espalier.worker.nuteprune;

using System.Collections.Concurrent;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Alerting;
using MetricsGrains.Server.Alerting.Cluster;

namespace MetricsGrains.Server.Tests.Alerting.Cluster;

/// <summary>The grain storage of a cluster: who has not read the newest version can't write.</summary>
internal sealed class FakeStates
{
    private readonly ConcurrentDictionary<(string Kind, Guid Id), (byte[] Bytes, int Version)> _states = [];

    /// <summary>Thrown by the next writes; null: none.</summary>
    public Exception? Failure { get; set; }

    public bool Has(string kind, Guid id) => _states.ContainsKey((kind, id));

    /// <summary>As an activation that begins now has it.</summary>
    public IFencedState Open(string kind, Guid id) => new State(this, (kind, id), _states.GetValueOrDefault((kind, id), ([], 0)));

    private sealed class State(FakeStates all, (string, Guid) key, (byte[] Bytes, int Version) read) : IFencedState
    {
        private int _version = read.Version;

        public ReadOnlyMemory<byte> Initial => read.Bytes;

        public Task WriteAsync(byte[] state, CancellationToken cancel)
        {
            if (all.Failure is { } failure)
            {
                throw failure;
            }
            Check();
            all._states[key] = (state, ++_version);
            return Task.CompletedTask;
        }

        public Task ClearAsync(CancellationToken cancel)
        {
            Check();
            all._states.TryRemove(key, out _);
            return Task.CompletedTask;
        }

        private void Check()
        {
            if (all._states.GetValueOrDefault(key, ([], 0)).Version != _version)
            {
                throw new SupersededException("the test says so");
            }
        }
    }
}

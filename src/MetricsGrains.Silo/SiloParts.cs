using MetricsGrains.Server.Cluster;
using MetricsGrains.Server.Cluster.Copies;

namespace MetricsGrains.Silo;

/// <summary>What the shells of this silo share; made before the silo starts.</summary>
internal sealed class SiloParts
{
    private MemberHost? _members;
    private CopyKeeper? _copies;

    /// <exception cref="InvalidOperationException">The silo has not begun.</exception>
    public MemberHost Members => _members ?? throw new InvalidOperationException("this silo has not started yet");

    /// <exception cref="InvalidOperationException">The silo has not begun.</exception>
    public CopyKeeper Copies => _copies ?? throw new InvalidOperationException("this silo has not started yet");

    public OriginSet Origins { get; } = new();

    public string NodeName { get; private set; } = "";

    public long StartedMs { get; private set; }

    public void Begin(MemberHost members, CopyKeeper copies, string nodeName, long nowMs) => (_members, _copies, NodeName, StartedMs) = (members, copies, nodeName, nowMs);
}

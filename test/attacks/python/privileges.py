# attack: looks for privileges that were left
# outcome: error
# native.outcome: ok
# native.output: {"CapInh":"0000000000000000","CapPrm":"0000000000000000","CapEff":"0000000000000000","CapBnd":"0000000000000000","CapAmb":"0000000000000000","NoNewPrivs":"1","Seccomp":"2","Uid":"65534\t65534\t65534\t65534"}
# process.outcome: error
WANTED = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "Uid")


def solve(x):
    fields = dict(line.rstrip("\n").split(":", 1) for line in open("/proc/self/status"))
    return {name: fields[name].strip() for name in WANTED}

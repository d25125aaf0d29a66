"""
bittensor-cli 9.23.2 as people type it. It has no command for commitments, heads and weights in the clear, and its
`weights commit` asks every chain for a storage item that none has: these are done beside it, by what it is built on.
"""

import json
import os
import subprocess
import sys

from async_substrate_interface.sync_substrate import SubstrateInterface
from bittensor_cli.src.bittensor.extrinsics.root import generate_weight_hash
from bittensor_cli.version import __version_as_int__
from bittensor_wallet import Keypair, Wallet

from steps import devnet, given, step

WALLETS = os.path.expanduser("~/wallets")


def wallet(name, coldkey, hotkey):
    made = Wallet(name=name, hotkey="default", path=WALLETS)
    made.set_coldkey(Keypair.create_from_uri(coldkey), encrypt=False, overwrite=True)
    made.set_coldkeypub(Keypair.create_from_uri(coldkey), encrypt=False, overwrite=True)
    made.set_hotkey(Keypair.create_from_uri(hotkey), encrypt=False, overwrite=True)
    return made


validator = wallet("val", "//Val", "//Val/hot")
miner = wallet("miner", "//Miner1", "//Miner1/hot")
bob = wallet("bob", "//Bob", "//Bob/hot")
wallet("owner", "//Owner", "//Owner/hot")


def run(*words, name):
    """A command, without questions; what it says."""
    who = ["--wallet-path", WALLETS, "--wallet-name", name, "--hotkey", "default"] if name else []
    return subprocess.run(
        [sys.executable, "-c", "from bittensor_cli.cli import main; main()", *words, "--network", given["url"], *who],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
    )


def btcli(*words, name=None):
    """What a command prints as JSON."""
    ran = run(*words, "--json-output", name=name)
    start = min((at for at in map(ran.stdout.find, "{[") if at >= 0), default=0)
    try:
        return json.JSONDecoder().raw_decode(ran.stdout[start:])[0]
    except ValueError:
        raise RuntimeError(f"btcli {' '.join(words)} ended with {ran.returncode}: {ran.stdout[-1500:]} {ran.stderr[-1500:]}")


substrate = SubstrateInterface(given["url"], ss58_format=42)


def beside(key, function, **params):
    """What btcli cannot: a call of SubtensorModule, finalized."""
    call = substrate.compose_call("SubtensorModule", function, params)
    extrinsic = substrate.create_signed_extrinsic(call, key, era={"period": 64})
    return substrate.submit_extrinsic(extrinsic, wait_for_finalization=True).is_success


def read(item, *params):
    value = substrate.query("SubtensorModule", item, list(params))
    return getattr(value, "value", value)


def free(address):
    return getattr(substrate.query("System", "Account", [address]), "value", None)["data"]["free"]


with step("balance") as said:
    said(**btcli("wallet", "balance", name="bob")["balances"]["bob"])

with step("subnets") as said:
    said(netuids=list(btcli("subnets", "list")["subnets"]))

with step("metagraph") as said:
    uids = btcli("subnets", "show", "--netuid", "1", "--no-prompt")["uids"]
    said(uids=sorted(uids, key=lambda uid: uid["uid"]))

with step("hyperparameters") as said:
    found = {entry["hyperparameter"]: entry["value"] for entry in btcli("subnets", "hyperparameters", "--netuid", "1")}
    said(tempo=found["tempo"], limit=found["weights_rate_limit"], commit_reveal=found["commit_reveal_weights_enabled"])

with step("owner") as said:
    answer = btcli("sudo", "set", "--netuid", "2", "--param", "immunity_period", "--value", "77", "--no-prompt", name="owner")
    said(answer=answer, value=read("ImmunityPeriod", 2))

with step("transfer") as said:
    before = free(miner.coldkeypub.ss58_address)
    answer = btcli("wallet", "transfer", "--dest", miner.coldkeypub.ss58_address, "--amount", "1.5", "--no-prompt", name="bob")
    said(answer=answer, moved=free(miner.coldkeypub.ss58_address) - before)

with step("register") as said:
    said(answer=btcli("subnets", "register", "--netuid", "1", "--no-prompt", name="bob"))

with step("stake") as said:
    answer = btcli(
        "stake", "add", "--amount", "10", "--netuid", "1", "--include-hotkeys", validator.hotkey.ss58_address,
        "--unsafe", "--no-mev-protection", "--no-prompt", name="bob",
    )
    said(answer=answer, stake=btcli("stake", "list", "--no-prompt", name="bob"))

with step("serve_axon") as said:
    # Its JSON for this command is refused by its own checks.
    ran = run("axon", "set", "--netuid", "1", "--ip", "203.0.113.7", "--port", "8091", "--no-prompt", name="miner")
    axon = read("Axons", 1, miner.hotkey.ss58_address)
    said(code=ran.returncode, ip=axon["ip"], port=axon["port"])

with step("epoch") as said:
    weighed = beside(validator.hotkey, "set_weights", netuid=1, dests=[2, 3], weights=[1, 3], version_key=0)
    devnet("devnet_advance", 2 * given["tempo"])
    uids = sorted(btcli("subnets", "show", "--netuid", "1", "--no-prompt")["uids"], key=lambda uid: uid["uid"])
    said(
        weighed=weighed,
        incentive=[uid["incentive"] for uid in uids],
        dividends=[uid["dividends"] for uid in uids],
        stake=[uid["stake"] for uid in uids],
    )

with step("commit_reveal") as said:
    salt = [163, 241, 217, 11]
    commit = generate_weight_hash(
        address=validator.hotkey.ss58_address,
        netuid=2,
        uids=[2, 3],
        values=[21845, 65535],
        salt=salt,
        version_key=__version_as_int__,
    )
    committed = beside(validator.hotkey, "commit_weights", netuid=2, commit_hash=commit)
    devnet("devnet_advance", given["revealTempo"])
    weights = ["--netuid", "2", "--uids", "2,3", "--weights", "0.25,0.75", "--salt", ",".join(map(str, salt)), "--no-prompt"]
    revealed = btcli("weights", "reveal", *weights, name="val")
    said(committed=committed, revealed=revealed, block=substrate.get_block_number())

with step("revealed") as said:
    # It does not wait for the block.
    devnet("devnet_advance", 1)
    said(weights=read("Weights", 2, 1))

substrate.close()

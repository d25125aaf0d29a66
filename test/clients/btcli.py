"""bittensor-cli 9.23.2 as people type it, answers as JSON. It has no command for weights in the clear, nor for heads."""

import json
import os
import subprocess
import sys

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


def btcli(*words, name=None):
    """What a command prints as JSON."""
    chain = ["--network", given["url"], "--json-output"]
    who = [] if name is None else ["--wallet-path", WALLETS, "--wallet-name", name, "--hotkey", "default"]
    ran = subprocess.run(
        [sys.executable, "-c", "from bittensor_cli.cli import main; main()", *words, *chain, *who],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=40,
    )
    start = ran.stdout.find("{")
    try:
        return json.JSONDecoder().raw_decode(ran.stdout[start:])[0]
    except ValueError:
        raise RuntimeError(f"btcli {' '.join(words)} ended with {ran.returncode}: {ran.stdout[-1500:]} {ran.stderr[-1500:]}")


def wallet_balance(name):
    return btcli("wallet", "balance", name=name)["balances"][name]


with step("balance") as said:
    said(**wallet_balance("bob"))

with step("subnets") as said:
    said(answer=btcli("subnets", "list"))

with step("metagraph") as said:
    said(answer=btcli("subnets", "show", "--netuid", "1", "--no-prompt"))

with step("hyperparameters") as said:
    said(answer=btcli("subnets", "hyperparameters", "--netuid", "1"))

with step("transfer") as said:
    before = wallet_balance("miner")["free"]
    done = btcli("wallet", "transfer", "--dest", miner.coldkeypub.ss58_address, "--amount", "1.5", "--no-prompt", name="bob")
    said(answer=done, moved=wallet_balance("miner")["free"] - before)

with step("register") as said:
    said(answer=btcli("subnets", "register", "--netuid", "1", "--no-prompt", name="bob"))

with step("stake") as said:
    answer = btcli(
        "stake", "add", "--amount", "10", "--netuid", "1", "--include-hotkeys", validator.hotkey.ss58_address,
        "--unsafe", "--no-mev-protection", "--no-prompt", name="bob",
    )
    said(answer=answer, stake=btcli("stake", "list", "--no-prompt", name="bob"))

with step("serve_axon") as said:
    said(answer=btcli("axon", "set", "--netuid", "1", "--ip", "203.0.113.7", "--port", "8091", "--no-prompt", name="miner"))

with step("epoch") as said:
    devnet("devnet_advance", 2 * given["tempo"])
    said(answer=btcli("subnets", "show", "--netuid", "1", "--no-prompt"))

with step("commit_reveal") as said:
    weights = ["--netuid", "2", "--uids", "2,3", "--weights", "0.25,0.75", "--salt", "163,241,217,11", "--no-prompt"]
    committed = btcli("weights", "commit", *weights, name="val")
    devnet("devnet_advance", given["revealTempo"])
    said(committed=committed, revealed=btcli("weights", "reveal", *weights, name="val"))


"""async-substrate-interface 2.2.1 alone: what other Python tools are built on. Everything by its name in the metadata."""

import hashlib
import struct

from async_substrate_interface.sync_substrate import SubstrateInterface
from bittensor_wallet import Keypair

from steps import devnet, given, step

VAL_HOT = Keypair.create_from_uri("//Val/hot")
MINER, MINER_HOT = Keypair.create_from_uri("//Miner1"), Keypair.create_from_uri("//Miner1/hot")
BOB, BOB_HOT = Keypair.create_from_uri("//Bob"), Keypair.create_from_uri("//Bob/hot")

substrate = None


def read(module, item, *params):
    value = substrate.query(module, item, list(params))
    return getattr(value, "value", value)


def send(key, module, function, **params):
    """Included and finalized; what the chain said of it."""
    call = substrate.compose_call(module, function, params)
    extrinsic = substrate.create_signed_extrinsic(call, key, era={"period": 64})
    receipt = substrate.submit_extrinsic(extrinsic, wait_for_inclusion=True, wait_for_finalization=True)
    error = receipt.error_message
    return {"success": receipt.is_success, "error": error["name"] if error else None, "fee": receipt.total_fee_amount}


def subtensor(key, function, **params):
    return send(key, "SubtensorModule", function, **params)


with step("connect") as said:
    substrate = SubstrateInterface(given["url"], ss58_format=42)
    said(
        chain=substrate.chain,
        genesis=substrate.get_block_hash(0),
        version=substrate.get_block_runtime_version(substrate.get_chain_head())["specVersion"],
        slot=getattr(substrate.get_constant("Aura", "SlotDuration"), "value", None),
    )

with step("metagraph") as said:
    neurons = substrate.runtime_call("NeuronInfoRuntimeApi", "get_neurons_lite", [1])
    said(
        hotkeys=[neuron["hotkey"] for neuron in neurons],
        permits=[neuron["validator_permit"] for neuron in neurons],
        keys={str(uid): str(getattr(key, "value", key)) for uid, key in substrate.query_map("SubtensorModule", "Keys", [1])},
        selective=substrate.runtime_call("SubnetInfoRuntimeApi", "get_selective_metagraph", [1, [0, 7, 52]]) is not None,
    )

with step("hyperparameters") as said:
    found = substrate.runtime_call("SubnetInfoRuntimeApi", "get_subnet_hyperparams_v3", [1])
    said(names=[str(entry["name"]) for entry in found], tempo=read("SubtensorModule", "Tempo", 1))

with step("heads") as said:
    numbers = []

    def on_head(block):
        numbers.append(block["header"]["number"])
        return True if len(numbers) == 3 else None

    substrate.subscribe_block_headers(on_head)
    said(numbers=numbers)

with step("transfer") as said:
    before = read("System", "Account", MINER.ss58_address)["data"]["free"]
    done = send(BOB, "Balances", "transfer_keep_alive", dest=MINER.ss58_address, value=1_500_000_000)
    after = read("System", "Account", MINER.ss58_address)["data"]["free"]
    said(**done, moved=after - before)

with step("payment") as said:
    call = substrate.compose_call("Balances", "transfer_keep_alive", {"dest": MINER.ss58_address, "value": 1})
    said(**substrate.get_payment_info(call, BOB))

with step("register") as said:
    done = subtensor(BOB, "burned_register", netuid=1, hotkey=BOB_HOT.ss58_address)
    said(**done, uid=read("SubtensorModule", "Uids", 1, BOB_HOT.ss58_address))

with step("register twice") as said:
    said(**subtensor(BOB, "burned_register", netuid=1, hotkey=BOB_HOT.ss58_address))

with step("stake") as said:
    before = read("SubtensorModule", "TotalHotkeyAlpha", VAL_HOT.ss58_address, 1)
    done = subtensor(BOB, "add_stake", hotkey=VAL_HOT.ss58_address, netuid=1, amount_staked=10_000_000_000)
    after = read("SubtensorModule", "TotalHotkeyAlpha", VAL_HOT.ss58_address, 1)
    said(**done, gained=after - before)

with step("serve_axon") as said:
    done = subtensor(
        MINER_HOT, "serve_axon",
        netuid=1, version=1, ip=0xCB007107, port=8091, ip_type=4, protocol=4, placeholder1=0, placeholder2=0,
    )
    axon = read("SubtensorModule", "Axons", 1, MINER_HOT.ss58_address)
    said(**done, ip=axon["ip"], port=axon["port"])

with step("commitment") as said:
    done = send(MINER_HOT, "Commitments", "set_commitment", netuid=1, info={"fields": [[{"Raw12": b"hello devnet"}]]})
    said(**done, read=str(read("Commitments", "CommitmentOf", 1, MINER_HOT.ss58_address)))

with step("set_weights") as said:
    done = subtensor(VAL_HOT, "set_weights", netuid=1, dests=[2, 3], weights=[1, 3], version_key=0)
    said(**done, weights=read("SubtensorModule", "Weights", 1, 1))

with step("rate_limit") as said:
    try:
        said(**subtensor(VAL_HOT, "set_weights", netuid=1, dests=[2], weights=[1], version_key=0))
    except Exception as error:
        said(success=False, error=str(error))

with step("no permit") as said:
    said(**subtensor(MINER_HOT, "set_weights", netuid=1, dests=[3], weights=[1], version_key=0))

with step("epoch") as said:
    before = read("SubtensorModule", "TotalHotkeyAlpha", MINER_HOT.ss58_address, 1)
    devnet("devnet_advance", 2 * given["tempo"])
    after = read("SubtensorModule", "TotalHotkeyAlpha", MINER_HOT.ss58_address, 1)
    said(incentive=read("SubtensorModule", "Incentive", 1), dividends=read("SubtensorModule", "Dividends", 1), earned=after - before)

with step("commit_reveal") as said:
    uids, values, salt = [2, 3], [1, 3], [9, 8, 7]
    vector = lambda items: bytes([4 * len(items)]) + b"".join(struct.pack("<H", item) for item in items)
    preimage = VAL_HOT.public_key + struct.pack("<H", 2) + vector(uids) + vector(values) + vector(salt) + struct.pack("<Q", 0)
    commit = "0x" + hashlib.blake2b(preimage, digest_size=32).hexdigest()
    reveal = {"netuid": 2, "uids": uids, "values": values, "salt": salt, "version_key": 0}
    committed = subtensor(VAL_HOT, "commit_weights", netuid=2, commit_hash=commit)
    try:
        early = subtensor(VAL_HOT, "reveal_weights", **reveal)
    except Exception as error:
        early = {"success": False, "error": str(error)}
    devnet("devnet_advance", given["revealTempo"])
    revealed = subtensor(VAL_HOT, "reveal_weights", **reveal)
    said(committed=committed, early=early, revealed=revealed, weights=read("SubtensorModule", "Weights", 2, 1))

with step("discarded") as said:
    try:
        substrate.query("System", "Number", block_hash="0x" + "11" * 32)
    except Exception as error:
        said(error=f"{type(error).__name__}: {error}")

class Enough(Exception):
    """A handler that returns a value to end its subscription trips over the package's own answer."""


with step("storage subscription") as said:
    key = substrate.create_storage_key("System", "Number")
    seen = []

    def on_change(_, number, __):
        seen.append(number)
        if len(seen) == 3:
            raise Enough

    try:
        substrate.subscribe_storage([key], on_change)
    except Enough:
        said(numbers=seen)

with step("close") as said:
    substrate.close()
